// A company's identity provider: oidc-provider as it is on npm, with people whom the test changes.
//
//   node server.mjs '{"issuer": …, "port": …, "firm": …, "secret": …, "number": …, "small": …, "people": {"NAME": {claims}}}'
//
// prints one line once it listens. `number` is the firm's for this provider; `small`: ID tokens say nothing but who. Its pages are those of the library for development: a name, any password, a consent.
// A test speaks to it at /control: {"person": NAME, "claims": {…}} changes somebody, {"logout": NAME} signs them out of
// every client by the back channel. It ends with its standard input.

import { createServer } from "node:http";
import { request } from "node:http";
import Provider from "oidc-provider";

const settings = JSON.parse(process.argv[2]);
const people = settings.people;
const firm = new URL(settings.firm.address);

// The firm's name is known to this laboratory alone.
async function fetchInTheLaboratory(url, options = {}) {
  const target = new URL(url);
  const port = target.host === firm.host ? settings.firm.port : target.port;
  return new Promise((resolve, reject) => {
    const headers = { ...Object.fromEntries(new Headers(options.headers)), host: target.host };
    const asked = request({ host: "127.0.0.1", port, path: target.pathname, method: options.method, headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve(new Response(Buffer.concat(parts), { status: answer.statusCode })));
    });
    asked.on("error", reject);
    asked.end(options.body ? String(options.body) : undefined);
  });
}

const provider = new Provider(settings.issuer, {
  clients: [
    {
      client_id: "entrepairs",
      client_secret: settings.secret,
      redirect_uris: [`${settings.firm.address}/sign-in/company/callback`],
      post_logout_redirect_uris: [`${settings.firm.address}/sign-in`],
      backchannel_logout_uri: `${settings.firm.address}/sign-in/company/${settings.number}/logout`,
      backchannel_logout_session_required: true,
    },
  ],
  claims: { openid: ["sub", "sid"], profile: ["name", "preferred_username", "groups"], email: ["email", "email_verified"] },
  conformIdTokenClaims: settings.small,
  pkce: { required: () => true },
  cookies: { keys: ["only for a test"] },
  features: {
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    devInteractions: { enabled: true },
  },
  fetch: fetchInTheLaboratory,
  async findAccount(_context, name) {
    const claims = people[name];
    return claims && { accountId: claims.sub, claims: async () => claims };
  },
});
const byPerson = new Map();
provider.on("grant.success", (context) => {
  const { Client, Account, AuthorizationCode } = context.oidc.entities;
  byPerson.set(Account.accountId, { client: Client, sid: AuthorizationCode?.sid });
});

const answer = provider.callback();

async function control(incoming, outgoing) {
  let text = "";
  for await (const part of incoming) text += part;
  const said = JSON.parse(text);
  if (said.person) people[said.person] = { ...people[said.person], ...said.claims };
  if (said.logout) {
    const { client, sid } = byPerson.get(said.logout);
    await client.backchannelLogout(said.logout, sid);
  }
  outgoing.end("{}");
}

createServer((incoming, outgoing) =>
  incoming.url === "/control"
    ? control(incoming, outgoing).catch((error) => outgoing.writeHead(500).end(String(error)))
    : answer(incoming, outgoing),
).listen(settings.port, "127.0.0.1", () => console.log("listening"));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
