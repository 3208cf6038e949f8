/* Live pages: hear what is new, fetch the page again, and put only what differs into place. */
(() => {
  const root = document.documentElement;
  const $ = (selector) => document.querySelector(selector);

  /* Colours: auto, light, dark. */
  const themes = ["auto", "light", "dark"];
  const button = $("#theme");
  const chosen = () => root.dataset.theme || "auto";
  const show = () => {
    if (button) button.querySelector("span").textContent = chosen();
  };
  button?.addEventListener("click", () => {
    const next = themes[(themes.indexOf(chosen()) + 1) % themes.length];
    if (next === "auto") delete root.dataset.theme; else root.dataset.theme = next;
    try { if (next === "auto") localStorage.removeItem("aright-theme"); else localStorage.setItem("aright-theme", next); } catch { /* not kept, then */ }
    show();
    document.dispatchEvent(new Event("aright:colours"));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new Event("aright:colours")));
  show();

  /* The local time, on hover and on focus. */
  const local = (event) => {
    const time = event.target.closest?.("time");
    if (time && !time.title) time.title = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" }) + " (local)";
  };
  document.addEventListener("mouseover", local);
  document.addEventListener("focusin", local);

  /* A confirmation is armed when the name stands there letter by letter; the server decides all the same. */
  document.addEventListener("input", (event) => {
    const expected = event.target.dataset?.expect;
    if (expected !== undefined) event.target.form.classList.toggle("armed", event.target.value === expected);
  });

  /* A note that was taken is gone from its field. */
  document.addEventListener("htmx:after:swap", (event) => {
    const { sourceElement, response } = event.detail?.ctx || {};
    if (sourceElement?.matches?.("form.note") && response?.status < 400) sourceElement.reset();
  });

  /* A link to evidence opens what it is in. */
  const reveal = () => {
    if (!location.hash) return;
    let at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const found = at;
    while (at) { if (at.tagName === "DETAILS") at.open = true; at = at.parentElement; }
    found?.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", reveal);
  reveal();

  /* Queries are copied by a button, where the browser lets pages copy at all. */
  const copying = () => { if (navigator.clipboard) document.querySelectorAll("[data-copy]").forEach((each) => { each.hidden = false; }); };
  document.addEventListener("click", async (event) => {
    const asked = event.target.closest?.("[data-copy]");
    if (!asked) return;
    await navigator.clipboard.writeText(document.getElementById(asked.dataset.copy).textContent);
    asked.firstChild.textContent = "copied";
  });
  document.addEventListener("htmx:after:swap", copying);
  copying();

  /* Escape closes what lies over the page. */
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll("details.who[open],details.arithmetic[open]").forEach((each) => { each.open = false; });
  });

  /* Events: at most one refresh a second; a page that is not looked at waits until it is. */
  const live = $("#live");
  const say = (state, word) => {
    if (!live || live.dataset.state === state) return;
    live.dataset.state = state;
    live.querySelector("span").textContent = word;
  };
  let waiting = false, last = 0, stale = false;
  const refresh = () => {
    if (document.hidden) { stale = true; return; }
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      last = Date.now();
      if ($("#page[hx-get]")) htmx.trigger("#page", "refresh");
    }, Math.max(0, last + 1000 - Date.now()));
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden && stale) { stale = false; refresh(); } });
  const heard = (kind, key) => {
    const page = $("#page");
    const wanted = [page?.dataset.live, page?.dataset.service, page?.dataset.also].filter(Boolean);
    if (wanted.includes(kind) || wanted.includes(kind + ":" + key)) refresh();
  };
  if (live && $("#page[data-live]")) {
    const source = new EventSource("/v1/events");
    let lost = false;
    source.addEventListener("hello", () => { say("live", "live"); if (lost) { lost = false; refresh(); } });
    for (const kind of ["incident", "window", "notice", "release"]) {
      source.addEventListener(kind, (event) => heard(kind, JSON.parse(event.data).key));
    }
    source.addEventListener("error", () => { lost = true; say("lost", "not live: trying again"); });
    addEventListener("pagehide", () => source.close());
  } else if (live) { live.hidden = true; }
})();
