// Tiles of another page's grid, made ready for this one.

// Without its style element, which this page's policy would refuse.
export const parse = (html) => new DOMParser().parseFromString(html.replace(/<style[\s\S]*?<\/style>/g, ""), "text/html");

// Ratios, sizes and colours arrive in that element: set them here instead.
export function dress(tile) {
  const image = tile.querySelector("img");
  const [width, height] = ["width", "height"].map((side) => image.getAttribute(side));
  tile.style.setProperty("--r", (width / height).toFixed(4));
  tile.style.setProperty("--w", width);
  tile.style.setProperty("--h", height);
  const { colour, placeholder } = tile.dataset;
  if (/^#[0-9a-f]{6}$/i.test(colour)) tile.style.background = colour;
  if (/^data:image\/png;base64,[\w+/=]+$/.test(placeholder)) tile.style.background += ` url(${placeholder}) 0 0 / 100% 100% no-repeat`;
}
