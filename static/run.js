// Follows one run by server-sent events; when it ends, the page is drawn again with its result.

import { count } from "./formats.js";
import { _ } from "./texts.js";

const panel = document.getElementById("run");
const progress = document.getElementById("progress");
const message = document.getElementById("message");
const counted = document.getElementById("count");
const pace = document.getElementById("pace");
const missing = document.getElementById("missing");
const crew = document.getElementById("crew");
const log = document.getElementById("log");
const tag = document.querySelector("#status .tag");
const STATES = {
  queued: _("queued"), running: _("running"), succeeded: _("succeeded"), failed: _("failed"), cancelled: _("cancelled"),
};

function draw(run) {
  if (run.finished_at) {
    source.close();
    location.reload();
    return;
  }
  tag.className = `tag ${run.status}`;
  tag.textContent = STATES[run.status];
  message.textContent = run.status === "queued" ? message.dataset.waiting : run.message;
  if (run.total > 0) {
    progress.max = run.total;
    progress.value = run.done;
    counted.textContent = _("{part} of {whole}", { part: count(run.done), whole: count(run.total) });
  }
  pace.textContent = run.pace;
  missing.hidden = !run.waits_for;
  missing.firstElementChild.textContent = run.waits_for;
  crew.replaceChildren(...run.crew.map((words) => {
    const line = document.createElement("li");
    line.textContent = words;
    return line;
  }));
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  for (const line of run.lines) {
    log.append(`${line.at}  ${line.text}\n`);
  }
  if (atEnd) log.scrollTop = log.scrollHeight;
}

const source = new EventSource(panel.dataset.events);
source.addEventListener("run", (event) => draw(JSON.parse(event.data)));
// The server refuses to go on, as it does once the log-in has ended: drawing the page asks for one.
source.addEventListener("error", () => {
  if (source.readyState === EventSource.CLOSED) location.reload();
});
