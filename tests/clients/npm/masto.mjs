// A member's day with masto. Bob is the member; alice hosts the community, at his firm or at another.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from "masto";
import { authorize, Heard, PHONE, soon, spend } from "./day.mjs";
import { lead } from "./network.mjs";

const { hosts, home, community, member, host, picture, word } = JSON.parse(process.argv[2]);
const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";
const SCOPES = "read write follow push";

lead(hosts);

let bob, alice, me, group, list, question, answer, reply, tokenOfBob, app;
const heard = new Heard();
let stream;

async function signIn(url, username) {
  const made = await createRestAPIClient({ url }).v1.apps.create({
    clientName: "masto",
    redirectUris: OUT_OF_BAND,
    scopes: SCOPES,
  });
  const asked = new URLSearchParams({
    response_type: "code",
    client_id: made.clientId,
    redirect_uri: OUT_OF_BAND,
    scope: SCOPES,
  });
  const token = await createOAuthAPIClient({ url }).token.create({
    grantType: "authorization_code",
    clientId: made.clientId,
    clientSecret: made.clientSecret,
    redirectUri: OUT_OF_BAND,
    code: await authorize(`${url}/oauth/authorize?${asked}`, username),
  });
  assert.equal(token.scope, SCOPES);
  return [createRestAPIClient({ url, accessToken: token.accessToken }), token.accessToken, made];
}

/** The opening post with these words in the list that a client's server keeps for the community. */
function listed(client, words) {
  return soon(async () => {
    const kept = (await client.v1.lists.list()).find((one) => one.title === "Our sites");
    const page = kept ? await client.v1.timelines.list.$select(kept.id).list() : [];
    return page.map((one) => one.reblog).find((one) => one.content.includes(words));
  });
}

await spend({
  "sign in": async () => {
    [bob, tokenOfBob, app] = await signIn(home.member, member);
    [alice] = await signIn(home.host, host);
    me = await bob.v1.accounts.verifyCredentials();
    assert.equal(me.username, member);
    assert.equal((await bob.v1.apps.verifyCredentials()).name, "masto");
  },
  "follow the community": async () => {
    const found = await bob.v2.search.list({ q: community, resolve: true, type: "accounts" });
    group = found.accounts[0];
    assert.ok(group.group);
    await bob.v1.accounts.$select(group.id).follow();
    await soon(async () => (await bob.v1.accounts.relationships.fetch({ id: [group.id] }))[0].following);
    list = await soon(async () => (await bob.v1.lists.list()).find((one) => one.title === "Our sites"));
    assert.deepEqual((await bob.v1.lists.$select(list.id).accounts.list()).map((one) => one.id), [group.id]);
  },
  "listen": async () => {
    const { configuration } = await bob.v2.instance.fetch();
    const streamingApiUrl = configuration.urls.streaming;
    stream = createStreamingAPIClient({ streamingApiUrl, accessToken: tokenOfBob });
    for (const subscription of [stream.user.subscribe(), stream.list.subscribe({ list: list.id })])
      void (async () => {
        for await (const said of subscription) heard.hear(`${said.stream[0]} ${said.event}`, said.payload);
      })();
    // A subscription is not acknowledged: what the server sends for it shows that it counts.
    await soon(async () => {
      const probe = await bob.v1.statuses.create({ status: `Is this on? ${word}` });
      await bob.v1.statuses.$select(probe.id).remove();
      return heard.has("user delete", () => true) ;
    });
  },
  "post with a picture": async () => {
    const file = new Blob([readFileSync(picture)], { type: "image/png" });
    const media = await bob.v2.media.create({ file, description: "The hall", focus: "0.5,-0.5" });
    assert.equal(media.meta.original.width, 300);
    await bob.v1.media.$select(media.id).update({ description: "Plan of the hall" });
    question = await bob.v1.statuses.create({
      status: `${community} Night shifts ${word}?\n\nWe lose people.`,
      visibility: "public",
      mediaIds: [media.id],
    });
    assert.deepEqual(question.mediaAttachments.map((one) => one.description), ["Plan of the hall"]);
    assert.equal(question.visibility, "private");
    const seen = await listed(alice, `Night shifts ${word}`);
    assert.equal(seen.mediaAttachments[0].description, "Plan of the hall");
    assert.equal((await fetch(seen.mediaAttachments[0].url)).headers.get("content-type"), "image/png");
  },
  "home and list": async () => {
    const update = await heard.next("list update", (one) => one.reblog?.id === question.id);
    assert.equal(update.account.id, group.id);
    const shown = (await bob.v1.timelines.home.list()).filter((one) => (one.reblog ?? one).id === question.id);
    assert.deepEqual(shown.map((one) => one.account.id), [group.id]);
    const inList = await bob.v1.timelines.list.$select(list.id).list({ limit: 5 });
    assert.equal(inList[0].reblog.id, question.id);
    assert.ok((await listed(bob, `Night shifts ${word}`)).account.id === me.id);
  },
  "hear an answer": async () => {
    const seen = await listed(alice, `Night shifts ${word}`);
    answer = await alice.v1.statuses.create({ status: "Let them draw the rota", inReplyToId: seen.id });
    const told = await heard.next("user notification", (one) => one.type === "mention");
    assert.ok(told.status.content.includes("draw the rota"));
    reply = told.status;
    const { descendants } = await bob.v1.statuses.$select(question.id).context.fetch();
    assert.deepEqual(descendants.map((one) => one.id), [reply.id]);
  },
  "reply": async () => {
    const status = await bob.v1.statuses.create({ status: `Good idea ${word}`, inReplyToId: reply.id });
    assert.equal(status.inReplyToAccountId, reply.account.id);
    const received = await soon(async () => {
      const { descendants } = await alice.v1.statuses.$select(answer.id).context.fetch();
      return descendants.find((one) => one.content.includes(`Good idea ${word}`));
    });
    await bob.v1.statuses.$select(status.id).remove();
    await soon(async () => (await alice.v1.statuses.$select(received.id).fetch().catch((error) => error)).statusCode === 404);
  },
  "edit": async () => {
    const changed = await bob.v1.statuses.$select(question.id).update({
      status: `${community} Night shifts and Sundays ${word}?`,
      mediaIds: question.mediaAttachments.map((one) => one.id),
    });
    assert.ok(changed.editedAt);
    const told = await heard.next("list status.update", (one) => (one.reblog ?? one).id === question.id);
    assert.ok((told.reblog ?? told).content.includes("Sundays"));
    const history = await bob.v1.statuses.$select(question.id).history.list();
    assert.deepEqual(history.map((one) => one.content.includes("Sundays")), [false, true]);
    assert.ok((await bob.v1.statuses.$select(question.id).source.fetch()).text.includes(`Sundays ${word}?`));
    await listed(alice, `Sundays ${word}`);
    await alice.v1.statuses.$select(answer.id).update({ status: "Let them draw it themselves" });
    await soon(async () => (await bob.v1.statuses.$select(reply.id).fetch()).content.includes("themselves"));
  },
  "favourite and bookmark": async () => {
    assert.ok((await bob.v1.statuses.$select(reply.id).favourite()).favourited);
    await soon(async () => (await alice.v1.statuses.$select(answer.id).fetch()).favouritesCount === 1);
    const [told] = await soon(async () => {
      const page = await alice.v1.notifications.list({ types: ["favourite"] });
      return page.some((one) => one.status.id === answer.id) && page.filter((one) => one.status.id === answer.id);
    });
    assert.equal(told.account.username, member);
    assert.ok((await bob.v1.favourites.list()).some((one) => one.id === reply.id));
    await bob.v1.statuses.$select(reply.id).unfavourite();
    await bob.v1.statuses.$select(question.id).bookmark();
    assert.ok((await bob.v1.bookmarks.list()).some((one) => one.id === question.id));
    await bob.v1.statuses.$select(question.id).unbookmark();
    assert.ok(!(await bob.v1.bookmarks.list()).some((one) => one.id === question.id));
  },
  "ask by a poll": async () => {
    const status = await alice.v1.statuses.create({
      status: `@sites Which day ${word}?`,
      poll: { options: ["Monday", "Friday"], expiresIn: 3600 },
    });
    const { poll } = await listed(bob, `Which day ${word}`);
    assert.deepEqual(poll.options.map((one) => one.title), ["Monday", "Friday"]);
    const voted = await bob.v1.polls.$select(poll.id).votes.create({ choices: [1] });
    assert.deepEqual([voted.voted, voted.ownVotes, voted.votesCount], [true, [1], 1]);
    await soon(async () => (await alice.v1.polls.$select(status.poll.id).fetch()).options[1].votesCount === 1);
    await assert.rejects(bob.v1.polls.$select(poll.id).votes.create({ choices: [0] }), { statusCode: 422 });
  },
  "search": async () => {
    const found = await bob.v2.search.list({ q: word });
    assert.ok(found.statuses.some((one) => one.id === question.id));
    assert.deepEqual((await bob.v1.accounts.search.list({ q: "sites" })).map((one) => one.id), [group.id]);
    assert.equal((await bob.v1.accounts.lookup({ acct: group.acct })).id, group.id);
  },
  "filters": async () => {
    const filter = await bob.v2.filters.create({
      title: "Days",
      context: ["home", "thread"],
      filterAction: "warn",
      keywordsAttributes: [{ keyword: `day ${word}`, wholeWord: true }],
    });
    await heard.next("user filters_changed");
    const marked = (await bob.v1.timelines.home.list()).filter((one) => (one.reblog ?? one).filtered?.length > 0);
    assert.deepEqual(marked.map((one) => (one.reblog ?? one).filtered[0].filter.title), ["Days"]);
    await bob.v2.filters.$select(filter.id).remove();
    assert.deepEqual(await bob.v2.filters.list(), []);
  },
  "notifications": async () => {
    const grouped = await bob.v2.notifications.list();
    assert.ok(grouped.notificationGroups.some((one) => one.type === "mention" && one.statusId === reply.id));
    const [newest] = await bob.v1.notifications.list({ limit: 1 });
    const marker = await bob.v1.markers.create({ notifications: { lastReadId: newest.id } });
    assert.equal(marker.notifications.lastReadId, newest.id);
    assert.equal((await bob.v1.notifications.unreadCount.fetch()).count, 0);
    await bob.v1.notifications.$select(newest.id).dismiss();
    assert.ok(!(await bob.v1.notifications.list()).some((one) => one.id === newest.id));
  },
  "subscribe to pushes": async () => {
    const alerts = { mention: true, favourite: false };
    const made = await bob.v1.push.subscription.create({ subscription: PHONE, data: { alerts }, policy: "all" });
    assert.equal(made.endpoint, PHONE.endpoint);
    assert.equal(made.serverKey, (await bob.v2.instance.fetch()).configuration.vapid.publicKey);
    await bob.v1.push.subscription.update({ data: { alerts: { favourite: true } } });
    assert.ok((await bob.v1.push.subscription.fetch()).alerts.favourite);
    await bob.v1.push.subscription.remove();
    await assert.rejects(bob.v1.push.subscription.fetch(), { statusCode: 404 });
  },
  "pages": async () => {
    const once = [];
    for await (const page of bob.v1.timelines.home.list({ limit: 1 })) once.push(...page.map((one) => one.id));
    const whole = (await bob.v1.timelines.home.list({ limit: 40 })).map((one) => one.id);
    assert.deepEqual(once.slice(0, whole.length), whole);
  },
  "what apps ask at the start": async () => {
    await Promise.all([
      bob.v1.preferences.fetch(),
      bob.v1.customEmojis.list(),
      bob.v1.announcements.list(),
      bob.v1.followedTags.list(),
      bob.v1.followRequests.list(),
      bob.v1.conversations.list(),
      bob.v1.mutes.list(),
      bob.v1.blocks.list(),
      bob.v1.trends.statuses.list(),
      bob.v1.trends.tags.list(),
      bob.v2.suggestions.list(),
      bob.v2.notifications.policy.fetch(),
      bob.v1.instance.rules.list(),
      bob.v1.instance.fetch(),
      bob.v1.scheduledStatuses.list(),
      bob.v1.accounts.$select(me.id).featuredTags.list(),
      bob.v1.accounts.$select(group.id).statuses.list({ pinned: true }),
      bob.v1.accounts.familiarFollowers.fetch({ id: [group.id] }),
    ]);
  },
  "delete": async () => {
    const deleted = await bob.v1.statuses.$select(question.id).remove();
    assert.ok(deleted.text.includes(`Sundays ${word}`));
    await heard.next("list delete", (id) => typeof id === "string");
    await assert.rejects(bob.v1.statuses.$select(question.id).fetch(), { statusCode: 404 });
  },
  "nothing without a token": async () => {
    const nobody = createRestAPIClient({ url: home.member });
    for (const asked of [
      () => nobody.v1.timelines.home.list(),
      () => nobody.v1.timelines.public.list(),
      () => nobody.v1.timelines.tag.$select("any").list(),
      () => nobody.v1.statuses.$select(reply.id).fetch(),
      () => nobody.v1.accounts.$select(me.id).fetch(),
      () => nobody.v1.accounts.lookup({ acct: member }),
      () => nobody.v2.search.list({ q: word }),
      () => nobody.v1.directory.list(),
      () => nobody.v1.trends.statuses.list(),
    ])
      await assert.rejects(async () => await asked(), { statusCode: 401 }, String(asked));
    assert.ok(!JSON.stringify(await nobody.v2.instance.fetch()).includes(`"${member}"`));
  },
  "leave": async () => {
    await bob.v1.accounts.$select(group.id).unfollow();
    assert.ok(!(await bob.v1.lists.list()).some((one) => one.id === list.id));
    stream.close();
    await createOAuthAPIClient({ url: home.member }).revoke({ ...app, token: tokenOfBob });
    await assert.rejects(bob.v1.accounts.verifyCredentials(), { statusCode: 401 });
  },
});
