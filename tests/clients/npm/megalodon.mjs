// A member's day with megalodon. Bob is the member; alice hosts the community, at his firm or at another.

import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import generator, { detector } from "megalodon";
import { authorize, Heard, PHONE, soon, spend } from "./day.mjs";
import { lead } from "./network.mjs";

const { hosts, home, community, member, host, picture, word } = JSON.parse(process.argv[2]);
const SCOPES = ["read", "write", "follow", "push"];

lead(hosts);

let bob, alice, me, group, list, question, answer, reply, tokenOfBob, app;
const heard = new Heard();
const streams = [];

async function signIn(url, username) {
  const software = await detector(url);
  assert.equal(software, "mastodon");
  const made = await generator(software, url).registerApp("megalodon", { scopes: SCOPES });
  const code = await authorize(made.url, username);
  const token = await generator(software, url).fetchAccessToken(made.client_id, made.client_secret, code);
  assert.equal(token.scope, SCOPES.join(" "));
  return [generator(software, url, token.access_token), token.access_token, made];
}

/** The data of the answer. */
async function of(asked) {
  return (await asked).data;
}

/** Hold that the server refuses with this status. */
async function refused(status, asked) {
  await assert.rejects(asked, (error) => error.response.status === status);
}

/** The opening post with these words in the list that a client's server keeps for the community. */
function listed(client, words) {
  return soon(async () => {
    const kept = (await of(client.getLists())).find((one) => one.title === "Our sites");
    const page = kept ? await of(client.getListTimeline(kept.id)) : [];
    return page.map((one) => one.reblog).find((one) => one.content.includes(words));
  });
}

function listenTo(name, stream) {
  for (const event of ["update", "status_update", "delete", "notification", "parser-error", "error"])
    stream.on(event, (payload) => heard.hear(`${name} ${event}`, payload));
  streams.push(stream);
  return new Promise((resolve) => stream.once("connect", resolve));
}

await spend({
  "sign in": async () => {
    [bob, tokenOfBob, app] = await signIn(home.member, member);
    [alice] = await signIn(home.host, host);
    me = await of(bob.verifyAccountCredentials());
    assert.equal(me.username, member);
    assert.equal((await of(bob.verifyAppCredentials())).name, "megalodon");
  },
  "follow the community": async () => {
    [group] = (await of(bob.search(community, { resolve: true, type: "accounts" }))).accounts;
    assert.ok(group.group);
    await bob.followAccount(group.id);
    await soon(async () => (await of(bob.getRelationship(group.id))).following);
    list = await soon(async () => (await of(bob.getLists())).find((one) => one.title === "Our sites"));
    assert.deepEqual((await of(bob.getAccountsInList(list.id))).map((one) => one.id), [group.id]);
  },
  "listen": async () => {
    await listenTo("user", await bob.userStreaming());
    await listenTo("list", await bob.listStreaming(list.id));
  },
  "post with a picture": async () => {
    const media = await of(bob.uploadMedia(createReadStream(picture), { description: "The hall", focus: "0.5,-0.5" }));
    await bob.updateMedia(media.id, { description: "Plan of the hall" });
    assert.equal((await of(bob.getMedia(media.id))).meta.original.width, 300);
    question = await of(
      bob.postStatus(`${community} Night shifts ${word}?\n\nWe lose people.`, {
        visibility: "public",
        media_ids: [media.id],
      }),
    );
    assert.deepEqual(question.media_attachments.map((one) => one.description), ["Plan of the hall"]);
    assert.equal(question.visibility, "private");
    const seen = await listed(alice, `Night shifts ${word}`);
    assert.equal(seen.media_attachments[0].description, "Plan of the hall");
    assert.equal((await fetch(seen.media_attachments[0].url)).headers.get("content-type"), "image/png");
  },
  "home and list": async () => {
    const update = await heard.next("list update", (one) => one.reblog?.id === question.id);
    assert.equal(update.account.id, group.id);
    const shown = (await of(bob.getHomeTimeline())).filter((one) => (one.reblog ?? one).id === question.id);
    assert.deepEqual(shown.map((one) => one.account.id), [group.id]);
    assert.equal((await of(bob.getListTimeline(list.id, { limit: 5 })))[0].reblog.id, question.id);
  },
  "hear an answer": async () => {
    const seen = await listed(alice, `Night shifts ${word}`);
    answer = await of(alice.postStatus("Let them draw the rota", { in_reply_to_id: seen.id }));
    const told = await heard.next("user notification", (one) => one.type === "mention");
    assert.ok(told.status.content.includes("draw the rota"));
    reply = told.status;
    const { descendants } = await of(bob.getStatusContext(question.id));
    assert.deepEqual(descendants.map((one) => one.id), [reply.id]);
  },
  "reply": async () => {
    const status = await of(bob.postStatus(`Good idea ${word}`, { in_reply_to_id: reply.id }));
    assert.equal(status.in_reply_to_account_id, reply.account.id);
    const received = await soon(async () => {
      const { descendants } = await of(alice.getStatusContext(answer.id));
      return descendants.find((one) => one.content.includes(`Good idea ${word}`));
    });
    await bob.deleteStatus(status.id);
    await soon(async () => (await alice.getStatus(received.id).catch((error) => error.response)).status === 404);
  },
  "edit": async () => {
    const changed = await of(
      bob.editStatus(question.id, {
        status: `${community} Night shifts and Sundays ${word}?`,
        media_ids: question.media_attachments.map((one) => one.id),
      }),
    );
    assert.ok(changed.edited_at);
    const told = await heard.next("list status_update", (one) => (one.reblog ?? one).id === question.id);
    assert.ok((told.reblog ?? told).content.includes("Sundays"));
    assert.ok((await of(bob.getStatusSource(question.id))).text.includes(`Sundays ${word}?`));
    await listed(alice, `Sundays ${word}`);
  },
  "favourite and bookmark": async () => {
    assert.ok((await of(bob.favouriteStatus(reply.id))).favourited);
    await soon(async () => (await of(alice.getStatus(answer.id))).favourites_count === 1);
    assert.deepEqual((await of(alice.getStatusFavouritedBy(answer.id))).map((one) => one.username), [member]);
    assert.ok((await of(bob.getFavourites())).some((one) => one.id === reply.id));
    await bob.unfavouriteStatus(reply.id);
    await bob.bookmarkStatus(question.id);
    assert.ok((await of(bob.getBookmarks())).some((one) => one.id === question.id));
    await bob.unbookmarkStatus(question.id);
    assert.deepEqual(await of(bob.getBookmarks()), []);
  },
  "ask by a poll": async () => {
    const poll = { options: ["Monday", "Friday"], expires_in: 3600 };
    const status = await of(alice.postStatus(`@sites Which day ${word}?`, { poll }));
    const asked = (await listed(bob, `Which day ${word}`)).poll;
    assert.deepEqual(asked.options.map((one) => one.title), ["Monday", "Friday"]);
    const voted = await of(bob.votePoll(asked.id, [1]));
    assert.deepEqual([voted.voted, voted.votes_count], [true, 1]);
    await soon(async () => (await of(alice.getPoll(status.poll.id))).options[1].votes_count === 1);
    await refused(422, bob.votePoll(asked.id, [0]));
  },
  "search": async () => {
    assert.ok((await of(bob.search(word))).statuses.some((one) => one.id === question.id));
    assert.deepEqual((await of(bob.searchAccount("sites"))).map((one) => one.id), [group.id]);
    assert.equal((await of(bob.lookupAccount(group.acct))).id, group.id);
  },
  "filters": async () => {
    const filter = await of(bob.createFilter(`day ${word}`, ["home"], { whole_word: true }));
    assert.deepEqual((await of(bob.getFilters())).map((one) => one.phrase), [`day ${word}`]);
    await bob.updateFilter(filter.id, `days ${word}`, ["home", "thread"]);
    assert.deepEqual((await of(bob.getFilter(filter.id))).context, ["home", "thread"]);
    await bob.deleteFilter(filter.id);
    assert.deepEqual(await of(bob.getFilters()), []);
  },
  "notifications": async () => {
    const page = await of(bob.getNotifications({ exclude_types: ["follow"] }));
    const told = page.find((one) => one.type === "mention" && one.status.id === reply.id);
    assert.equal((await of(bob.getNotification(told.id))).account.username, host);
    const marker = await of(bob.saveMarkers({ notifications: { last_read_id: told.id } }));
    assert.equal(marker.notifications.last_read_id, told.id);
    assert.equal((await of(bob.getMarkers(["notifications"]))).notifications.last_read_id, told.id);
    await bob.dismissNotification(told.id);
    assert.ok(!(await of(bob.getNotifications())).some((one) => one.id === told.id));
  },
  "subscribe to pushes": async () => {
    const made = await of(bob.subscribePushNotification(PHONE, { alerts: { mention: true, favourite: false } }));
    assert.equal(made.endpoint, PHONE.endpoint);
    await bob.updatePushSubscription({ alerts: { favourite: true } });
    assert.ok((await of(bob.getPushSubscription())).alerts.favourite);
    await bob.deletePushSubscription();
    await refused(404, bob.getPushSubscription());
  },
  "what apps ask at the start": async () => {
    await Promise.all([
      bob.getInstance(),
      bob.getInstancePeers(),
      bob.getInstanceTrends(),
      bob.getInstanceDirectory(),
      bob.getInstanceCustomEmojis(),
      bob.getInstanceAnnouncements(),
      bob.getPreferences(),
      bob.getFollowedTags(),
      bob.getFollowRequests(),
      bob.getConversationTimeline(),
      bob.getMutes(),
      bob.getBlocks(),
      bob.getDomainBlocks(),
      bob.getSuggestions(),
      bob.getFeaturedTags(),
      bob.getSuggestedTags(),
      bob.getEndorsements(),
      bob.getScheduledStatuses(),
      bob.getAccountStatuses(group.id, { pinned: true }),
      bob.getAccountFollowing(me.id),
      bob.getAccountFollowers(me.id),
      bob.getAccountLists(group.id),
      bob.getPublicTimeline(),
      bob.getLocalTimeline(),
      bob.getTagTimeline("shifts"),
    ]);
    // The firm's activity is nobody's business.
    await refused(404, bob.getInstanceActivity());
  },
  "delete": async () => {
    await bob.deleteStatus(question.id);
    await heard.next("list delete");
    await refused(404, bob.getStatus(question.id));
    assert.ok(!heard.has("user error", () => true));
    assert.ok(!heard.has("list error", () => true));
  },
  "nothing without a token": async () => {
    const nobody = generator("mastodon", home.member);
    for (const asked of [
      () => nobody.getHomeTimeline(),
      () => nobody.getPublicTimeline(),
      () => nobody.getTagTimeline("any"),
      () => nobody.getStatus(reply.id),
      () => nobody.getAccount(me.id),
      () => nobody.lookupAccount(member),
      () => nobody.search(word),
      () => nobody.getInstanceDirectory(),
      () => nobody.getInstancePeers(),
    ])
      await refused(401, asked);
    assert.ok(!JSON.stringify(await of(nobody.getInstance())).includes(`"${member}"`));
  },
  "leave": async () => {
    await bob.unfollowAccount(group.id);
    assert.ok(!(await of(bob.getLists())).some((one) => one.id === list.id));
    for (const stream of streams) stream.stop();
    await bob.revokeToken(app.client_id, app.client_secret, tokenOfBob);
    await refused(401, bob.verifyAccountCredentials());
  },
});
