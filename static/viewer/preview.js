// A film's preview: its model rendition, 8 bits through the film's own window, 512 pixels at most. It is
// on the screen while the film itself is still on its way.

export function previewOf({ pixels }) {
  return pixels.replace("/pixels?", "/preview?");
}
