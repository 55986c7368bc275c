// Picking several images: all that are shown at once, or none of them again.

const button = document.getElementById("pick-all");
const boxes = () => [...document.querySelectorAll(".tile-pick input")];
const show = () => {
  const every = boxes().every(({ checked }) => checked);
  button.textContent = every ? "Pick none" : "Pick all shown";
};

if (boxes().length) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const picked = !boxes().every(({ checked }) => checked);
    for (const box of boxes()) box.checked = picked;
    show();
    document.getElementById("status").textContent = picked ? `${boxes().length} images picked` : "None picked";
  });
  document.addEventListener("change", ({ target }) => { if (target.matches(".tile-pick input")) show(); });
  show();
}
