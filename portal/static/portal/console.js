"use strict";

// Light or dark: what the account says goes before what this browser has kept. Unfold's script, which comes after this
// one, begins with what is kept, and takes away no class but those that it has given itself.
const root = document.documentElement;
if (root.className) {
  localStorage.setItem("adminTheme", JSON.stringify(root.className));
  root.className = "";
}

// Copies what a button stands beside, and saves what it names.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const icon = button.querySelector(".material-symbols-outlined");
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // Without TLS there is no clipboard but the old one.
    const area = document.createElement("textarea");
    area.value = button.dataset.copy;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.classList.add("done");
  icon.textContent = "check";
  setTimeout(() => {
    button.classList.remove("done");
    icon.textContent = "content_copy";
  }, 1500);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-save]");
  if (!button) return;
  const text = document.getElementById(button.dataset.save).textContent;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  link.download = button.dataset.name;
  link.click();
  URL.revokeObjectURL(link.href);
});

// Names of users that somebody who types one may mean.
document.addEventListener("input", async (event) => {
  const field = event.target;
  if (!field.dataset?.suggest || field.value.length < 2) return;
  const kind = document.querySelector(`[name="${field.dataset.suggest}"]:checked`)?.value;
  if (kind === "group") return;
  const answer = await fetch(`/api/v2.0/users/search?username=${encodeURIComponent(field.value)}`);
  if (!answer.ok) return;
  const list = document.getElementById(field.getAttribute("list")) ?? document.createElement("datalist");
  list.id = field.getAttribute("list");
  list.replaceChildren(...(await answer.json()).map((each) => new Option(each.username, each.username)));
  document.body.append(list);
});

// The theme's searches among what can be chosen have no names: they are called as the choice is.
function nameSearches() {
  for (const search of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
    const box = search.closest(".select2-container:not(.select2-container--open)")
      ?? document.querySelector(".select2-container--open");
    const label = box?.previousElementSibling?.labels?.[0];
    if (label) search.setAttribute("aria-label", label.textContent.trim());
  }
}

document.addEventListener("DOMContentLoaded", () => {
  const choices = document.querySelectorAll(".admin-autocomplete");
  for (const choice of choices) {
    // Each that was chosen has a button that takes it away; the one for all would be in their list, and not of it.
    if (choice.multiple) choice.dataset.allowClear = "false";
  }
  if (!choices.length) return;
  new MutationObserver(nameSearches).observe(document.body, { childList: true, subtree: true });
});
