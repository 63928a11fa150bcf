// Draws each table named by data-chart as columns, the last row first (days: the oldest) unless it
// says data-forward, by its second column. The table stays: it is
// what is read aloud, printed, and shown where no script runs.
const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue(name).trim();

Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
Chart.defaults.font.size = 13;

const draw = (place) => {
  const table = document.getElementById(place.dataset.chart);
  const rows = [...table.tBodies[0].rows];
  if (!("forward" in table.dataset)) rows.reverse();
  const canvas = place.appendChild(document.createElement("canvas"));
  canvas.setAttribute("aria-hidden", "true");
  return new Chart(canvas, {
    type: "bar",
    data: {
      labels: rows.map((row) => row.cells[0].dataset.label),
      datasets: [
        {
          label: table.tHead.rows[0].cells[1].textContent,
          data: rows.map((row) => Number(row.cells[1].dataset.value)),
          backgroundColor: colour("--link"),
          borderRadius: 3,
        },
      ],
    },
    options: {
      animation: false,
      locale: document.documentElement.lang,
      maintainAspectRatio: false,
      color: colour("--ink"),
      scales: {
        x: { ticks: { color: colour("--soft"), maxRotation: 0, autoSkipPadding: 12 }, grid: { display: false } },
        y: { ticks: { color: colour("--soft"), precision: 0 }, grid: { color: colour("--line") }, beginAtZero: true },
      },
      plugins: { legend: { display: false } },
    },
  });
};

document.querySelectorAll("[data-chart]").forEach(draw);
