// A partner that is not ours: people of a small server on Fedify, told by a test what to do and asked what they got.
//
//   node server.mjs '{"host": …, "port": …, "hosts": {…}, "certificate": …, "key": …, "firstKnock": …, "people": […],
//                     "takesEd25519": …, "wantsNonces": …}'
//
// serves HTTPS on that port and prints one line, {"control": …}: the port where the test speaks to it. It ends with
// its standard input. Nothing of Fedify is changed or left out: it finds keys, signs and verifies by itself.

import { createServer } from "node:http";
import { configure } from "@logtape/logtape";
import { announcing, changed, withRequestKeys } from "./ed25519.mjs";
import { bodyOf, lead, listening, serve } from "./network.mjs";

const settings = JSON.parse(process.argv[2]);
// What Fedify warns of stands in the log, on standard error.
await configure({
  sinks: { log: (record) => console.error(record.level, record.category.join("."), record.message.join(""), record.properties) },
  loggers: [
    { category: "fedify", sinks: ["log"], lowestLevel: "warning" },
    { category: ["logtape", "meta"], lowestLevel: "fatal" },
  ],
});
const observations = [];
const { takesEd25519 } = settings;
lead({ ...settings.hosts, [settings.host]: settings.port }, observe, (response) =>
  takesEd25519 ? changed(response, withRequestKeys) : response,
);
// Only now, so that Fedify meets the `fetch` of the laboratory.
const { open } = await import("./people.mjs");
const { actions, answer, rules } = await open(settings, observations);

/** Take note of what is asked of others, and in which scheme it is signed. */
function observe({ method, url, headers }, { status }) {
  const scheme = headers.has("signature-input") ? "rfc9421" : headers.has("signature") ? "cavage" : null;
  observations.push({ kind: "asked", method, url, scheme, status });
}

/** POST /NAME: do what the test says, or change a rule; GET /seen: what was received so far. */
async function control(incoming, outgoing) {
  const name = incoming.url.slice(1);
  try {
    const said = JSON.parse((await bodyOf(incoming)).toString() || "{}");
    const found = name === "seen" ? observations : name === "rules" ? Object.assign(rules, said) : await actions[name](said);
    outgoing.writeHead(200, { "Content-Type": "application/json" });
    outgoing.end(JSON.stringify(found ?? null));
  } catch (error) {
    outgoing.writeHead(500, { "Content-Type": "text/plain" });
    outgoing.end(String(error?.stack ?? error));
  }
}

process.stdin.resume().on("end", () => process.exit(0));
await serve(settings, async (request) => {
  const response = await answer(request);
  return takesEd25519 && request.url.includes("/users/") ? changed(response, announcing) : response;
});
console.log(JSON.stringify({ control: await listening(createServer(control)) }));
