/** One point, one little square of pixels: its shape is cut out by a signed distance in the fragment shader. */

export const VERTEX = `#version 300 es
in vec2 place;
in float value;
in float shape;
in float selected;
uniform vec2 middle;
uniform vec2 scale;
uniform float size;
uniform float only;      // 1: what is not selected fades
uniform float focus;     // a shape-and-colour key to stand out, or -1
out float v;
flat out int kind;
out float strength;
void main() {
  gl_Position = vec4((place - middle) * scale, 0.0, 1.0);
  gl_PointSize = size;
  v = value;
  kind = int(shape + 0.5);
  strength = only > 0.5 && selected < 0.5 ? 0.12 : 1.0;
  if (focus >= 0.0 && abs(value - focus) > 0.001) strength *= 0.12;
}`;

export const FRAGMENT = `#version 300 es
precision highp float;
in float v;
flat in int kind;
in float strength;
uniform sampler2D colours;
uniform float size;
uniform float alpha;
out vec4 colour;

float box(vec2 p, vec2 half_) { vec2 q = abs(p) - half_; return max(q.x, q.y); }
// With a flat side up: turned round, or by half a side, for a corner up.
float ngon(vec2 p, float n, float turn) {
  float a = atan(p.x, p.y) + turn, s = 6.2831853 / n;
  return cos(floor(0.5 + a / s) * s - a) * length(p);
}
float edge(vec2 p) {
  if (kind == 1) return box(p, vec2(0.78));
  if (kind == 2) return abs(p.x) + abs(p.y) - 1.0;
  if (kind == 3) return ngon(-p + vec2(0.0, -0.15), 3.0, 0.0) - 0.55;
  if (kind == 4) return min(box(p, vec2(0.95, 0.32)), box(p, vec2(0.32, 0.95)));
  if (kind == 5) {
    vec2 q = mat2(0.7071, 0.7071, -0.7071, 0.7071) * p;
    return min(box(q, vec2(1.0, 0.32)), box(q, vec2(0.32, 1.0)));
  }
  if (kind == 6) return ngon(p + vec2(0.0, -0.15), 3.0, 0.0) - 0.55;
  if (kind == 7) {
    float a = atan(p.x, p.y), s = 1.2566371;
    float w = abs(mod(a + s * 0.5, s) - s * 0.5) / (s * 0.5);
    return length(p) - mix(1.0, 0.45, w);
  }
  if (kind == 8) return ngon(-p, 5.0, 0.0) - 0.8;
  if (kind == 9) return ngon(p, 6.0, 0.5235988) - 0.85;
  return length(p) - 0.9;
}
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  p.y = -p.y;
  float soft = 2.0 / size;
  float cover = 1.0 - smoothstep(-soft, soft, edge(p));
  if (cover * strength < 0.01) discard;
  vec4 c = texture(colours, vec2(v, 0.5));
  float a = cover * alpha * strength;
  colour = vec4(c.rgb * a, a);
}`;
