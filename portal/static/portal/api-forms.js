// The API takes JSON: what was typed into an HTML form goes through the form for raw data beside it.
"use strict";

(function () {
    const FORMS = "#post-object-form, #put-object-form";

    function valueOf(field) {
        if (field.type === "checkbox") {
            return field.checked;
        }
        // Nothing was there and nothing was typed: the field stays out.
        if (field.value === "" && (field.type === "number" || !field.defaultValue)) {
            return undefined;
        }
        return field.type === "number" ? Number(field.value) : field.value;
    }

    function collect(form) {
        const made = {};
        for (const field of form.elements) {
            const value = field.name && field.name !== "csrfmiddlewaretoken" ? valueOf(field) : undefined;
            if (value === undefined) {
                continue;
            }
            const names = field.name.split(".");
            const last = names.pop();
            let place = made;
            for (const name of names) {
                place = place[name] ??= {};
            }
            place[last] = value;
        }
        return made;
    }

    document.addEventListener(
        "submit",
        function (event) {
            const pane = event.target.closest(FORMS);
            const raw = pane && document.getElementById(pane.id.replace("object-form", "generic-content-form"));
            // Signing in takes its form as it is.
            if (!raw || raw.querySelector("select").value !== "application/json") {
                return;
            }
            event.preventDefault();
            event.stopImmediatePropagation();
            raw.querySelector("textarea").value = JSON.stringify(collect(event.target), null, 2);
            raw.querySelector("button").click();
        },
        true,
    );
})();
