// A day is a list of steps, done in order by one client. The test reads a line of JSON for each, and answers requests to
// sign somebody in with the code that the pages of the server showed.

import { createInterface } from "node:readline";

const EVERY_MS = 50;
const PATIENCE_MS = 20_000;

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Have this person sign in at the address, in a browser; the code that the page shows. */
export async function authorize(address, username) {
  say({ authorize: address, username });
  return (await answers.next()).value;
}

/** The first answer that is true, of what other people and servers bring about. */
export async function soon(what) {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    const found = await what();
    if (found) return found;
    if (Date.now() > end) throw new Error(`did not come about: ${what}: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

/** Do the steps, `{name: function}`; the first that fails ends the day, as the others build upon it. */
export async function spend(steps) {
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
      say({ step: name });
    } catch (error) {
      say({ step: name, failed: `${error?.stack ?? error}\n${JSON.stringify(error?.response?.data ?? null)}` });
      break;
    }
  }
  process.exit(0);
}

/** Keeps what streams say. */
export class Heard {
  #said = [];

  hear(event, payload) {
    this.#said.push({ event, payload });
  }

  /** What an event of this kind says that fits, now or soon. */
  next(event, fits = () => true) {
    return soon(() => this.#said.find((one) => one.event === event && fits(one.payload))).then((one) => one.payload);
  }

  /** Whether there was such an event. */
  has(event, fits) {
    return this.#said.some((one) => one.event === event && fits(one.payload));
  }

  toString() {
    return this.#said.map((one) => one.event).join(", ");
  }
}

/** The keys of a phone that wants pushes. */
export const PHONE = {
  endpoint: "https://push.test/phone",
  keys: {
    p256dh: "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
    auth: "tBHItJI5svbpez7KI4CCXg",
  },
};

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
