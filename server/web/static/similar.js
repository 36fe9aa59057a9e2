"use strict";
// While somebody writes a question, answered ones like it stand below. Without scripts they are shown before it is
// published; what was seen here is not shown again.
(() => {
  const form = document.querySelector("form[data-similar]");
  if (!form) return;
  const title = form.elements.title;
  const seen = form.elements.anyway;
  const box = form.querySelector("[data-found]");
  let timer = 0;
  let latest = 0;

  const item = (one) => {
    const line = document.createElement("li");
    const link = document.createElement("a");
    const place = document.createElement("span");
    link.href = one.href;
    link.textContent = one.title;
    place.className = "handle";
    place.textContent = one.community;
    line.append(link, " ", place);
    return line;
  };
  const look = async () => {
    const number = ++latest;
    const typed = title.value.trim();
    let found = [];
    try {
      const asked = new URLSearchParams({ csrf: form.elements.csrf.value, title: typed });
      const answer = await fetch(form.dataset.similar, { method: "POST", body: asked, redirect: "error" });
      if (answer.ok) found = await answer.json();
    } catch {
      // The step after sending is still there.
    }
    if (number !== latest) return;
    box.querySelector("ul").replaceChildren(...found.map(item));
    box.hidden = found.length === 0;
    seen.disabled = found.length === 0;
  };
  title.addEventListener("input", () => {
    clearTimeout(timer);
    seen.disabled = true;
    timer = setTimeout(look, 400);
  });
})();
