// Cornerstone3D, fed with the same decoded film: no DICOM loader, no codecs. Bundled by esbuild.

import * as core from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";

const ID = "film:";
/** The tools a reading room needs; named here so that the bundle holds them. */
const TOOLS = [tools.WindowLevelTool, tools.PanTool, tools.ZoomTool, tools.MagnifyTool, tools.LengthTool];

export async function open(room, levels, cpu) {
  const [{ width, height, samples }] = levels;
  await core.init();
  if (cpu) core.setUseCPURendering(true);
  tools.init();
  for (const tool of TOOLS) tools.addTool(tool);
  const group = tools.ToolGroupManager.createToolGroup("room");
  for (const tool of TOOLS) group.addTool(tool.toolName);
  group.setToolActive(tools.WindowLevelTool.toolName, { bindings: [{ mouseButton: 1 }] });
  core.metaData.addProvider((kind) => metadata(kind, width, height), 10000);
  core.imageLoader.registerImageLoader("film", (imageId) => ({ promise: Promise.resolve(image(imageId, width, height, samples)) }));
  const engine = new core.RenderingEngine("engine");
  engine.enableElement({ viewportId: "film", type: core.Enums.ViewportType.STACK, element: room });
  group.addViewport("film", "engine");
  const viewport = engine.getViewport("film");
  const canvas = viewport.getCanvas();
  const screen = canvas.getContext("2d");
  const drawn = () => screen.getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
  const rendered = () =>
    new Promise((resolve) => room.addEventListener(core.Enums.Events.IMAGE_RENDERED, resolve, { once: true }));
  let shown = 0;
  return {
    async show() {
      const done = rendered();
      await viewport.setStack([`${ID}${++shown}`]);
      viewport.render();
      await done;
      drawn();
    },
    async window(centre, breadth) {
      const done = rendered();
      viewport.setProperties({ voiRange: { lower: centre - breadth / 2, upper: centre + breadth / 2 } });
      viewport.render();
      await done;
      drawn();
    },
    spread: () => new Set(screen.getImageData(0, canvas.height / 2, canvas.width, 1).data).size,
  };
}

function image(imageId, width, height, samples) {
  const manager = core.utilities.VoxelManager.createImageVoxelManager({
    width, height, scalarData: samples, numberOfComponents: 1,
  });
  return {
    imageId, width, height, rows: height, columns: width, color: false, numberOfComponents: 1,
    minPixelValue: 0, maxPixelValue: 65535, slope: 1, intercept: 0, windowCenter: 32768, windowWidth: 40000,
    voiLUTFunction: "LINEAR", columnPixelSpacing: 1, rowPixelSpacing: 1, invert: false, rgba: false,
    sizeInBytes: samples.byteLength, dataType: "Uint16Array", voxelManager: manager,
    getPixelData: () => samples, getCanvas: undefined,
  };
}

function metadata(kind, columns, rows) {
  if (kind === "imagePixelModule") {
    return {
      bitsAllocated: 16, bitsStored: 16, highBit: 15, samplesPerPixel: 1, pixelRepresentation: 0,
      photometricInterpretation: "MONOCHROME2",
    };
  }
  if (kind === "generalSeriesModule") return { modality: "DX" };
  if (kind === "voiLutModule") return { windowCenter: [32768], windowWidth: [40000] };
  if (kind === "imagePlaneModule") {
    return {
      rows, columns, rowPixelSpacing: 1, columnPixelSpacing: 1, imagePositionPatient: [0, 0, 0],
      imageOrientationPatient: [1, 0, 0, 0, 1, 0], rowCosines: [1, 0, 0], columnCosines: [0, 1, 0],
      frameOfReferenceUID: "1.2.3",
    };
  }
  return undefined;
}
