// What Fedify needs in order to take Ed25519 signatures of requests, and says of itself then.
//
// It checks them, but looks for keys of requests among the `publicKey`s of an actor alone; ours lie where FEP-521a puts
// them, in `assertionMethod`. So the documents of others are shown to it with those keys in both places.

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
const TYPE = "application/activity+json";
const RFC9421 = "https://datatracker.ietf.org/doc/html/rfc9421";

/** A document whose assertion methods are public keys as well. */
export function withRequestKeys(document) {
  const methods = [document?.assertionMethod ?? []].flat().filter((method) => method.type === "Multikey");
  if (methods.length === 0) return document;
  const keys = methods.map(({ id, controller, publicKeyMultibase }) => ({
    id,
    owner: controller,
    publicKeyPem: pemOf(publicKeyMultibase),
  }));
  return { ...document, publicKey: [document.publicKey ?? [], keys].flat() };
}

/** A document that says that its server takes such signatures (FEP-844e). */
export function announcing(document) {
  const implemented = [RFC9421, `${RFC9421}#name-eddsa-using-curve-edwards25`].map((href) => ({ href }));
  return { ...document, generator: { type: "Application", implements: implemented } };
}

/** A response with another document in place of the one that it has. */
export async function changed(response, change) {
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith(TYPE) || response.status !== 200) return response;
  const { status, headers } = response;
  const answer = new Response(JSON.stringify(change(await response.json())), { status, headers: { "content-type": type } });
  for (const [name, value] of headers) if (!/^content-|^transfer-/.test(name)) answer.headers.set(name, value);
  Object.defineProperty(answer, "url", { value: response.url });
  return answer;
}

function pemOf(multibase) {
  let number = 0n;
  for (const letter of multibase.slice(1)) number = number * 58n + BigInt(ALPHABET.indexOf(letter));
  // Two bytes say which kind of key it is.
  const raw = Buffer.from(number.toString(16).padStart(68, "0"), "hex").subarray(2);
  return `-----BEGIN PUBLIC KEY-----\n${Buffer.concat([SPKI, raw]).toString("base64")}\n-----END PUBLIC KEY-----\n`;
}
