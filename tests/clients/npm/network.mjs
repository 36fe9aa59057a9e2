// The laboratory's network, beneath whatever a client uses: names lead to ports of loopback, and no other host exists.

import net from "node:net";

/** Lead connections to these hosts, `{host: port}`, to ports of 127.0.0.1. */
export function lead(hosts) {
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function led(...asked) {
    const [options, done] = net._normalizeArgs(asked[0] instanceof Array ? asked[0] : asked);
    const port = hosts[options.host];
    if (port === undefined) throw new Error(`${options.host} is not in the laboratory`);
    return connect.call(this, { ...options, host: "127.0.0.1", port, lookup: undefined }, done);
  };
}
