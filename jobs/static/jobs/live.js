"use strict";

// Keeps a page about a job true while the job runs: its state, its log, and the dashboard as a whole.

const PERIOD = 2000; // milliseconds

async function text(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}

async function showLog(log) {
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  log.textContent = await text(log.dataset.logUrl);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function showState(state) {
  for (const [name, value] of Object.entries(state)) {
    for (const place of document.querySelectorAll(`[data-live="${name}"]`)) {
      if (place.tagName === "PROGRESS") place.value = value ?? 0;
      else place.textContent = value ?? "";
    }
  }
}

async function follow(address, log) {
  const state = JSON.parse(await text(address));
  showState(state);
  if (log) await showLog(log);
  if (state.ended) location.reload();
  else setTimeout(() => follow(address, log).catch(() => undefined), PERIOD);
}

document.addEventListener("DOMContentLoaded", () => {
  const live = document.querySelector("[data-live-url]");
  const log = document.querySelector("[data-log-url]");
  if (live) follow(live.dataset.liveUrl, log).catch(() => undefined);
  else if (log) showLog(log).catch(() => undefined);

  const whole = document.querySelector("[data-reload]");
  if (!whole) return;
  setInterval(async () => {
    // Not under somebody's hands.
    if (document.hidden || whole.contains(document.activeElement)) return;
    const page = new DOMParser().parseFromString(await text(location.href), "text/html");
    const fresh = page.querySelector("[data-reload]");
    if (fresh) whole.replaceChildren(...fresh.childNodes);
  }, Number(whole.dataset.reload));
});
