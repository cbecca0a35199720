"use strict";
// A box with a log scale draws the same chart with every linear scale made logarithmic.
for (const figure of document.querySelectorAll("figure[data-spec]")) {
  const text = document.getElementById(figure.dataset.spec).textContent;
  const place = figure.querySelector(".chart");
  const box = figure.querySelector("input");
  const draw = () => {
    const logarithmic = (key, value) => (key === "zero" ? undefined : key === "type" && value === "linear" ? "log" : value);
    const spec = JSON.parse(text, box && box.checked ? logarithmic : undefined);
    spec.config.title.limit = place.clientWidth - 20;
    if (place.clientWidth < 600) Object.assign(spec.config.legend, { columns: 1, labelLimit: place.clientWidth - 100 });
    const options = { ast: true, actions: false, renderer: "svg", defaultStyle: false,
                      tooltip: { disableDefaultStyle: true, theme: "custom" } };
    vegaEmbed(place, spec, options).then(() => { figure.dataset.drawn = box && box.checked ? "log" : "linear"; });
  };
  if (box) box.addEventListener("change", draw);
  draw();
}
