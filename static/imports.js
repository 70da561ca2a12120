// Uploads the chosen files one by one, then starts the import and follows it.
import { Problem, giveUp, sendFile, sendJson } from "./api.js";
import { _, ngettext } from "./texts.js";

const form = document.getElementById("import");
const button = form.querySelector("button");
const progress = document.getElementById("progress");
const sent = document.getElementById("sent");
const failure = document.getElementById("failure");
/** The upload that no import has yet. */
let underWay = null;
const element = (id) => document.getElementById(id);

function chosen() {
  const files = [...element("folder").files, ...element("files").files];
  return files.filter((file) => !file.name.startsWith("."));
}

function check(files, inbox) {
  if (files.length === 0 && !inbox) {
    throw new Problem({ what: _("No files are chosen."), do: _("Choose a folder or files first.") });
  }
  if (files.length > 0 && inbox) {
    throw new Problem({ what: _("Both files and an inbox folder are chosen."), do: _("Choose one of them.") });
  }
  if (inbox && element("reports").files.length > 0) {
    throw new Problem({
      what: _("Reports cannot be uploaded beside the inbox."),
      do: _("Put the CSV into the manifest, or upload the images too."),
    });
  }
  const limit = Number(form.dataset.uploadMb) * 2 ** 20;
  if (files.reduce((sum, file) => sum + file.size, 0) > limit) {
    throw new Problem({
      what: _("This is too much for one upload."),
      do: _("Copy the folder to the server's inbox instead."),
    });
  }
}

async function upload(files) {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const { upload: name } = await sendJson("POST", "/api/v1/uploads", { size, files: files.length });
  underWay = name;
  try {
    progress.hidden = false;
    progress.max = size || 1;
    let done = 0;
    for (const [index, file] of files.entries()) {
      const values = { number: index + 1, all: files.length };
      sent.textContent = ngettext("{number} of {all} file", "{number} of {all} files", files.length, values);
      const path = encodeURIComponent(file.webkitRelativePath || file.name);
      await sendFile(`/api/v1/uploads/${name}/files?name=${path}`, file);
      progress.value = done += file.size;
    }
    return name;
  } catch (problem) {
    underWay = null;
    await sendJson("DELETE", `/api/v1/uploads/${name}`).catch(() => {});
    throw problem;
  }
}

// Who leaves before the import has begun leaves nothing behind.
addEventListener("pagehide", () => underWay && giveUp(`/api/v1/uploads/${underWay}`));

async function start() {
  const files = chosen();
  const inbox = element("inbox")?.value ?? "";
  check(files, inbox);
  const reports = element("reports").files[0];
  const wanted = {
    validation_patients: element("validation").valueAsNumber || null,
    rng: element("rng").valueAsNumber || 0,
    reports: reports ? reports.name : null,
    keep_columns: element("columns").value.split(",").map((name) => name.trim()).filter(Boolean),
    pseudonyms: element("pseudonyms").checked,
    find_text: element("find-text").checked,
  };
  if (inbox) wanted.inbox = inbox;
  else wanted.upload = await upload(reports ? [...files, reports] : files);
  const { run_id: run } = await sendJson("POST", "/api/v1/imports", wanted);
  underWay = null;
  location.assign(`/runs/${run}`);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  failure.hidden = true;
  try {
    await start();
  } catch (problem) {
    failure.querySelector(".what").textContent = problem.message;
    failure.querySelector(".where").textContent = problem.where ?? "";
    failure.querySelector(".do").textContent = problem.advice ?? "";
    failure.hidden = false;
    progress.hidden = true;
    sent.textContent = "";
    button.disabled = false;
  }
});
