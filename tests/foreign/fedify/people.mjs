// The people of the foreign server, in Fedify's words: their documents, what they do, and what reached them.

import {
  createFederation,
  generateCryptoKeyPair,
  MemoryKvStore,
  verifyRequest,
} from "@fedify/fedify";
import {
  Accept,
  Activity,
  Create,
  Delete,
  Endpoints,
  Follow,
  isActor,
  Like,
  Mention,
  Note,
  Person,
  PUBLIC_COLLECTION,
  Tombstone,
  Undo,
  Update,
} from "@fedify/fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";

const SENT = [Create, Delete, Follow, Like, Undo, Update];
const SCHEMES = { rfc9421: "rfc9421", cavage: "draft-cavage-http-signatures-12" };

/** Forgets which scheme a host understands, so that everything is signed in the first one first. */
class Forgetful extends MemoryKvStore {
  async set(key, ...rest) {
    if (!key.includes("httpMessageSignaturesSpec")) await super.set(key, ...rest);
  }
}

/** A server with these people: what they can do, and how it answers requests; `observations` grow by what it sees. */
export async function open({ host, people, firstKnock, wantsNonces }, observations) {
  const origin = `https://${host}`;
  const keys = new Map();
  for (const name of people) {
    keys.set(name, [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519")]);
  }
  const federation = createFederation({
    kv: new Forgetful(),
    origin,
    allowPrivateAddress: true,
    firstKnock: SCHEMES[firstKnock],
    inboxChallengePolicy: wantsNonces ? { enabled: true, requestNonce: true } : undefined,
  });
  const house = {
    federation,
    origin,
    notes: new Map(),
    sent: new Map(),
    followers: new Map(people.map((name) => [name, new Map()])),
    observations,
    /**
     * `only`: the one scheme that deliveries may be signed in, as a server that knows no other would have it; `ed25519`
     * is RFC 9421 by such a key.
     */
    rules: { only: null },
    context: () => federation.createContext(new URL(origin), undefined),
  };
  describe(house, people, keys);
  listen(house);
  return {
    actions: actionsOf(house),
    answer: (request) => answer(house, request),
    rules: house.rules,
  };
}

// --- documents ---

function describe(house, people, keys) {
  const { federation, followers, notes, sent } = house;
  federation
    .setActorDispatcher("/users/{identifier}", async (ctx, name) => {
      if (!people.includes(name)) return null;
      const pairs = await ctx.getActorKeyPairs(name);
      return new Person({
        id: ctx.getActorUri(name),
        preferredUsername: name,
        name: name[0].toUpperCase() + name.slice(1),
        inbox: ctx.getInboxUri(name),
        outbox: ctx.getOutboxUri(name),
        followers: ctx.getFollowersUri(name),
        endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
        publicKey: pairs[0].cryptographicKey,
        assertionMethods: pairs.map((pair) => pair.multikey),
      });
    })
    .setKeyPairsDispatcher((_, name) => keys.get(name) ?? []);
  federation.setFollowersDispatcher("/users/{identifier}/followers", (_, name) => ({
    items: [...(followers.get(name)?.values() ?? [])],
  }));
  federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] }));
  federation.setObjectDispatcher(Note, "/notes/{id}", (_, { id }) => notes.get(id) ?? null);
  // Fedify reads activities of its own that others embed at their address, as it believes no copies.
  for (const Type of SENT) {
    const path = `/${Type.name.toLowerCase()}s/{id}`;
    federation.setObjectDispatcher(Type, path, (ctx, { id }) => sent.get(ctx.getObjectUri(Type, { id }).href) ?? null);
  }
}

// --- what reaches them ---

function listen(house) {
  house.federation
    .setInboxListeners("/users/{identifier}/inbox", "/inbox")
    .setSharedKeyDispatcher(() => ({ identifier: [...house.followers.keys()][0] }))
    .on(Activity, async (ctx, activity) => {
      house.observations.push({ kind: "applied", ...(await told(ctx, activity)) });
      if (activity instanceof Follow) await accept(house, ctx, activity);
      if (activity instanceof Undo) await letGo(house, ctx, activity);
    });
}

/** What Fedify makes of an activity: its type, and those of what it holds, down to the note. */
async function told(ctx, activity) {
  const types = [];
  let inner = activity;
  while (inner instanceof Activity) {
    types.push(inner.constructor.name);
    inner = await inner.getObject(ctx);
  }
  if (inner !== null) types.push(inner.constructor.name);
  return {
    id: activity.id?.href,
    actor: activity.actorId?.href,
    types,
    object: inner?.id?.href,
    title: inner?.name?.toString(),
    content: inner?.content?.toString(),
    by: inner?.attributionId?.href,
  };
}

async function accept(house, ctx, follow) {
  const name = ctx.parseUri(follow.objectId)?.identifier;
  const follower = await follow.getActor(ctx);
  if (!house.followers.has(name) || !isActor(follower)) return;
  house.followers.get(name).set(follower.id.href, follower);
  const id = new URL(`#accepts/${encodeURIComponent(follow.id.href)}`, ctx.getActorUri(name));
  await ctx.sendActivity({ identifier: name }, follower, new Accept({ id, actor: ctx.getActorUri(name), object: follow }));
}

async function letGo(house, ctx, undo) {
  const undone = await undo.getObject(ctx);
  if (!(undone instanceof Follow)) return;
  house.followers.get(ctx.parseUri(undone.objectId)?.identifier)?.delete(undo.actorId.href);
}

/** Take note of who signed a delivery and how, then let Fedify do its work. */
async function answer(house, request) {
  if (request.method === "POST") {
    const input = request.headers.get("signature-input");
    const way = input === null ? "cavage" : input.includes("#ed25519-key") ? "ed25519" : "rfc9421";
    const scheme = way === "cavage" ? way : "rfc9421";
    if (house.rules.only !== null && house.rules.only !== way) {
      house.observations.push({ kind: "turned away", scheme: way });
      return new Response(null, { status: 401 });
    }
    const { documentLoader, contextLoader } = house.context();
    const spec = SCHEMES[scheme];
    const key = await verifyRequest(request.clone(), { documentLoader, contextLoader, spec });
    const { id, type } = await request.clone().json();
    const response = await house.federation.fetch(request, { contextData: undefined });
    const signer = key?.ownerId?.href ?? null;
    house.observations.push({ kind: "delivered", id, type, scheme: way, signer, status: response.status });
    return response;
  }
  return house.federation.fetch(request, { contextData: undefined });
}

// --- what they do ---

function actionsOf(house) {
  let count = 0;
  const numbered = (what) => `${what}-${++count}`;

  async function find(name, address) {
    const ctx = house.context();
    const documentLoader = await ctx.getDocumentLoader({ identifier: name });
    const found = await ctx.lookupObject(address, { documentLoader });
    if (found === null) throw new Error(`${name} finds no ${address}`);
    return found;
  }

  /** Send an activity of this person; what is refused is an error. */
  async function send(name, to, Type, values) {
    const ctx = house.context();
    const actor = ctx.getActorUri(name);
    const activity = new Type({ id: ctx.getObjectUri(Type, { id: numbered("a") }), actor, ...values });
    house.sent.set(activity.id.href, activity);
    await ctx.sendActivity({ identifier: name }, to, activity, { immediate: true });
    return { id: activity.id.href, object: activity.objectId?.href };
  }

  const audienceOf = (group) => ({ tos: [group.id, group.followersId].filter(Boolean), ccs: [PUBLIC_COLLECTION] });

  return {
    /** Whether a document is one to Fedify; its type and id. */
    async look({ who, address }) {
      const found = await find(who, address);
      return { id: found.id?.href, type: found.constructor.name, content: found.content?.toString() };
    },

    async follow({ who, whom }) {
      const target = await find(who, whom);
      return send(who, target, Follow, { object: target.id, to: target.id });
    },

    async leave({ who, whom, follow }) {
      const target = await find(who, whom);
      return send(who, target, Undo, { object: house.sent.get(follow), to: target.id });
    },

    /** Post into a community by mentioning it; with `answering` a reply. */
    async post({ who, community, text, answering }) {
      const ctx = house.context();
      const group = await find(who, community);
      const key = numbered("n");
      const mention = new Mention({ href: group.id, name: community });
      const note = new Note({
        id: ctx.getObjectUri(Note, { id: key }),
        attribution: ctx.getActorUri(who),
        content: `<p>${text} <a href="${group.id.href}" class="u-url mention">${community}</a></p>`,
        replyTarget: answering ? new URL(answering) : null,
        tags: [mention],
        published: Temporal.Now.instant(),
        ...audienceOf(group),
      });
      house.notes.set(key, note);
      return send(who, group, Create, { object: note, ...audienceOf(group) });
    },

    /** Tell those who follow a person something. */
    async tell({ who, text }) {
      const ctx = house.context();
      const key = numbered("n");
      const audience = { tos: [ctx.getFollowersUri(who)], ccs: [] };
      const note = new Note({
        id: ctx.getObjectUri(Note, { id: key }),
        attribution: ctx.getActorUri(who),
        content: `<p>${text}</p>`,
        published: Temporal.Now.instant(),
        ...audience,
      });
      house.notes.set(key, note);
      return send(who, [...house.followers.get(who).values()], Create, { object: note, ...audience });
    },

    async edit({ who, community, note, text }) {
      const group = await find(who, community);
      const key = note.split("/").at(-1);
      const edited = house.notes.get(key).clone({ content: `<p>${text}</p>`, updated: Temporal.Now.instant() });
      house.notes.set(key, edited);
      return send(who, group, Update, { object: edited, ...audienceOf(group) });
    },

    async remove({ who, community, note }) {
      const group = await find(who, community);
      house.notes.delete(note.split("/").at(-1));
      return send(who, group, Delete, { object: new Tombstone({ id: new URL(note) }), ...audienceOf(group) });
    },

    async like({ who, community, object }) {
      const group = await find(who, community);
      return send(who, group, Like, { object: new URL(object), ...audienceOf(group) });
    },

    async unlike({ who, community, like }) {
      const group = await find(who, community);
      return send(who, group, Undo, { object: house.sent.get(like), ...audienceOf(group) });
    },
  };
}
