// The laboratory's network: names lead to loopback sockets, both ways over TLS.
//
// Everything that Fedify asks of others goes through `fetch`; undici's takes the place of Node's, so that one
// dispatcher of a known version decides where a name is. Authorities beyond the usual come by NODE_EXTRA_CA_CERTS.

import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { Agent, buildConnector, fetch, FormData, Headers, Request, Response, setGlobalDispatcher } from "undici";

/**
 * Lead requests to these hosts, `{host: port}`, to ports of 127.0.0.1; no other host exists. `observe` is told of each,
 * `show` makes of a response what Fedify sees of it.
 */
export function lead(hosts, observe, show) {
  const connect = buildConnector({});
  const dispatcher = new Agent({
    connect(options, callback) {
      const port = hosts[options.hostname];
      if (port === undefined) return callback(new Error(`${options.hostname} is not in the laboratory`), null);
      return connect({ ...options, hostname: "127.0.0.1", port, servername: options.hostname }, callback);
    },
  });
  async function observed(...asked) {
    const request = new Request(...asked);
    const response = await fetch(request);
    observe(request, response);
    return show(response);
  }
  Object.assign(globalThis, { fetch: observed, FormData, Headers, Request, Response });
  setGlobalDispatcher(dispatcher);
}

/** Serve HTTPS under a name; `answer` makes a Response of a Request. */
export function serve({ host, port, certificate, key }, answer) {
  const options = { cert: readFileSync(certificate), key: readFileSync(key) };
  const server = createServer(options, (incoming, outgoing) => take(host, answer, incoming, outgoing));
  return listening(server, port);
}

/** Listen on a port of 127.0.0.1, 0 for any that is free, and say which. */
export function listening(server, port = 0) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server.address().port));
  });
}

/** The body of a request, read whole. */
export async function bodyOf(incoming) {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function take(host, answer, incoming, outgoing) {
  try {
    const body = await bodyOf(incoming);
    const request = new Request(`https://${host}${incoming.url}`, {
      method: incoming.method,
      headers: Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
      body: body.length > 0 ? body : undefined,
    });
    const response = await answer(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  } catch (error) {
    console.error(error);
    outgoing.writeHead(500);
    outgoing.end();
  }
}
