"use strict";

// Copies what a button stands beside.

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
