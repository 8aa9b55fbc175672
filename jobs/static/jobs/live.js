"use strict";

// Keeps a page about a job true while the job runs: its state, its log, and the dashboard as a whole.

const PERIOD = 2000; // milliseconds
const LONGEST = 5_000_000; // characters of a log in a page, which has a link to the whole of it

async function answerOf(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(answer.statusText);
  // Whose session has ended is led to the sign-in, and from there back to the page.
  if (answer.redirected) location.reload();
  return answer;
}

async function text(address) {
  return (await answerOf(address)).text();
}

async function beginning(address) {
  const answer = await answerOf(address);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const pieces = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return pieces.join("");
    pieces.push(value);
    length += value.length;
    if (length > LONGEST) {
      reader.cancel().catch(() => undefined);
      return `${pieces.join("")}…`;
    }
  }
}

async function showLog(log) {
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  log.textContent = await beginning(log.dataset.logUrl);
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

// Looks again and again, until a look says that no more comes. A server that is not there for a moment is asked again,
// one that refuses is not.
async function keepUp(look, period) {
  for (;;) {
    try {
      if (!(await look())) return;
    } catch (error) {
      if (!(error instanceof TypeError)) return;
    }
    await new Promise((done) => setTimeout(done, period));
  }
}

async function follow(address, log) {
  const state = JSON.parse(await text(address));
  showState(state);
  if (log) await showLog(log);
  if (state.ended) location.reload();
  return !state.ended;
}

// A page that has no period has come to its end.
async function renew(whole) {
  // Not under somebody's hands.
  if (document.hidden || whole.contains(document.activeElement)) return true;
  const page = new DOMParser().parseFromString(await text(location.href), "text/html");
  const fresh = page.querySelector("[data-reload]");
  if (fresh) whole.replaceChildren(...fresh.childNodes);
  else location.reload();
  return Boolean(fresh && Number(fresh.dataset.reload));
}

document.addEventListener("DOMContentLoaded", () => {
  const live = document.querySelector("[data-live-url]");
  const log = document.querySelector("[data-log-url]");
  if (live) keepUp(() => follow(live.dataset.liveUrl, log), PERIOD);
  else if (log) showLog(log).catch(() => undefined);

  const whole = document.querySelector("[data-reload]");
  const period = whole ? Number(whole.dataset.reload) : 0;
  if (period) setTimeout(() => keepUp(() => renew(whole), period), period);
});
