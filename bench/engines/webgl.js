// The same film as 16-bit integer textures, windowed by a fragment shader (WebGL2).

import { levelFor } from "/static/viewer/pyramid.js";

const VERTEX = `#version 300 es
out vec2 at;
void main() { at = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0; gl_Position = vec4(at * 2.0 - 1.0, 0, 1); }`;

// Integer textures have no filter of their own: four samples and the mix are ours.
const FRAGMENT = `#version 300 es
precision highp float;
precision highp usampler2D;
uniform usampler2D film;
uniform vec2 size, origin, extent, room;
uniform float centre, breadth;
in vec2 at;
out vec4 colour;
float stored(ivec2 p) { return float(texelFetch(film, clamp(p, ivec2(0), ivec2(size) - 1), 0).r); }
void main() {
  vec2 place = (vec2(at.x, 1.0 - at.y) * room - origin) / extent;
  if (any(lessThan(place, vec2(0))) || any(greaterThan(place, vec2(1)))) { colour = vec4(0, 0, 0, 1); return; }
  vec2 spot = place * size - 0.5, part = fract(spot);
  ivec2 p = ivec2(floor(spot));
  float value = mix(mix(stored(p), stored(p + ivec2(1, 0)), part.x),
                    mix(stored(p + ivec2(0, 1)), stored(p + ivec2(1, 1)), part.x), part.y);
  colour = vec4(vec3(clamp((value - centre) / breadth + 0.5, 0.0, 1.0)), 1);
}`;

export async function open(room, levels) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [room.clientWidth, room.clientHeight];
  room.append(canvas);
  const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, preserveDrawingBuffer: true });
  const program = linked(gl);
  gl.useProgram(program);
  const uniform = (name) => gl.getUniformLocation(program, name);
  const scale = Math.min(canvas.width / levels[0].width, canvas.height / levels[0].height);
  const level = levels[levelFor(levels, scale)];
  const extent = [levels[0].width * scale, levels[0].height * scale];
  gl.uniform2f(uniform("size"), level.width, level.height);
  gl.uniform2f(uniform("room"), canvas.width, canvas.height);
  gl.uniform2f(uniform("extent"), ...extent);
  gl.uniform2f(uniform("origin"), (canvas.width - extent[0]) / 2, (canvas.height - extent[1]) / 2);
  const draw = (centre, breadth) => {
    gl.uniform1f(uniform("centre"), centre);
    gl.uniform1f(uniform("breadth"), breadth);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    return row(gl, 1);
  };
  const frame = () => new Promise(requestAnimationFrame);
  return {
    async show() {
      gl.deleteTexture(gl.getParameter(gl.TEXTURE_BINDING_2D));
      upload(gl, level);
      draw(32768, 40000);
    },
    async window(centre, breadth) {
      await frame();
      draw(centre, breadth);
    },
    spread: () => new Set(row(gl, canvas.width)).size,
  };
}

function linked(gl) {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  return program;
}

function upload(gl, { width, height, samples }) {
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16UI, width, height, 0, gl.RED_INTEGER, gl.UNSIGNED_SHORT, samples);
  for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
}

/** Reading pixels back waits for everything drawn before them. */
function row(gl, width) {
  const pixels = new Uint8Array(4 * width);
  gl.readPixels(0, gl.drawingBufferHeight >> 1, width, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  return pixels;
}
