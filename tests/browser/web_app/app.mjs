// An app as others run it in a browser, on another site than the server: masto as it is on npm, a window for the sign-in
// that is looked into until it is back (PKCE), pages by `Link`, an upload, and a stream whose token is a subprotocol.

import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } from "masto";

const SCOPES = "read write follow push";
const BACK = new URL("back.html", location.href).href;
const at = (name) => document.getElementById(name);

async function metadataOf(url) {
  const answer = await fetch(`${url}/.well-known/oauth-authorization-server`);
  return answer.json();
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function challenged() {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return [verifier, base64url(new Uint8Array(digest))];
}

/** The address at which the window of the sign-in came back; until then it is another site's, and cannot be read. */
function comeBack(window_) {
  return new Promise((resolve, reject) => {
    const look = setInterval(() => {
      try {
        if (window_.closed) throw new Error("The window was closed");
        if (window_.location.href.startsWith(BACK)) resolve(new URL(window_.location.href));
        else return;
      } catch (error) {
        if (error.name === "SecurityError") return;
        reject(error);
      }
      clearInterval(look);
    }, 100);
  });
}

async function signIn(url) {
  const window_ = open("about:blank", "sign-in", "width=600,height=700");
  const app = await createRestAPIClient({ url }).v1.apps.create({
    clientName: "An app in a browser",
    redirectUris: BACK,
    scopes: SCOPES,
  });
  const metadata = await metadataOf(url);
  const [verifier, challenge] = await challenged();
  const asked = new URLSearchParams({
    response_type: "code",
    client_id: app.clientId,
    redirect_uri: BACK,
    scope: SCOPES,
    state: "kept",
    code_challenge: challenge,
    code_challenge_method: metadata.code_challenge_methods_supported[0],
  });
  window_.location = `${metadata.authorization_endpoint}?${asked}`;
  const back = await comeBack(window_);
  window_.close();
  if (back.searchParams.get("state") !== "kept") throw new Error("another state");
  const token = await createOAuthAPIClient({ url }).token.create({
    grantType: "authorization_code",
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    redirectUri: BACK,
    code: back.searchParams.get("code"),
    codeVerifier: verifier,
  });
  return token.accessToken;
}

function shown(status) {
  const inner = status.reblog ?? status;
  const article = document.createElement("article");
  article.id = `status-${status.id}`;
  const header = document.createElement("header");
  const avatar = Object.assign(new Image(), { src: inner.account.avatar, alt: "", className: "avatar" });
  const by = document.createElement("span");
  by.textContent = `${inner.account.displayName} @${inner.account.acct}`;
  const place = document.createElement("span");
  if (status.reblog) place.textContent = `in ${status.account.displayName}${status.account.group ? " (group)" : ""}`;
  const when = document.createElement("time");
  when.textContent = new Date(inner.createdAt).toISOString().slice(0, 16);
  header.append(avatar, by, place, when);
  const content = document.createElement("div");
  content.className = "content";
  content.innerHTML = inner.content;
  const media = document.createElement("div");
  media.className = "media";
  for (const one of inner.mediaAttachments)
    media.append(Object.assign(new Image(), { src: one.previewUrl ?? one.url, alt: one.description ?? "", crossOrigin: "anonymous" }));
  const like = document.createElement("button");
  like.textContent = `Like (${inner.favouritesCount})`;
  like.onclick = async () => {
    const now = await client.v1.statuses.$select(inner.id).favourite();
    like.textContent = `Like (${now.favouritesCount})`;
  };
  article.append(header, content, media, like);
  return article;
}

let client, pages;

async function more() {
  const { value, done } = await pages.next();
  at("more").hidden = done || value.length === 0;
  for (const one of value ?? []) at("home").append(shown(one));
}

async function listen(url, accessToken) {
  const { configuration } = await client.v2.instance.fetch();
  const stream = createStreamingAPIClient({ streamingApiUrl: configuration.urls.streaming, accessToken });
  for await (const heard of stream.user.subscribe()) {
    if (heard.event === "update") at("home").prepend(shown(heard.payload));
    if (heard.event === "status.update" || heard.event === "delete")
      document.getElementById(`status-${heard.payload.id ?? heard.payload}`)?.remove();
  }
}

at("server").onsubmit = async (event) => {
  event.preventDefault();
  const url = new FormData(event.target).get("url");
  try {
    const accessToken = await signIn(url);
    client = createRestAPIClient({ url, accessToken });
    const me = await client.v1.accounts.verifyCredentials();
    await Promise.all([client.v1.preferences.fetch(), client.v2.filters.list(), client.v1.followedTags.list()]);
    at("me").textContent = `You are ${me.displayName} @${me.acct}`;
    pages = client.v1.timelines.home.list({ limit: 2 })[Symbol.asyncIterator]();
    await more();
    void listen(url, accessToken);
    document.querySelector("main").hidden = false;
    event.target.hidden = true;
  } catch (error) {
    document.body.append(Object.assign(document.createElement("pre"), { id: "failed", textContent: `${error.stack}` }));
  }
};

at("compose").onsubmit = async (event) => {
  event.preventDefault();
  const given = new FormData(event.target);
  try {
    const mediaIds = [];
    if (given.get("file").size) mediaIds.push((await client.v2.media.create({ file: given.get("file"), description: "A plan" })).id);
    await client.v1.statuses.create({ status: given.get("status"), mediaIds });
    event.target.reset();
    at("problem").textContent = "";
  } catch (error) {
    at("problem").textContent = error.message;
  }
};

at("more").onclick = more;
