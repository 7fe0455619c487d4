/** Words of a scene. Lengths are centimetres, angles degrees, colours linear light (0 none, 1 full) as red, green, blue. y points up. */

export type Vector = readonly [x: number, y: number, z: number];
export type Colour = readonly [red: number, green: number, blue: number];

/** A ray: origin and unit direction. One object is reused for many rays. */
export interface Ray {
  x: number;
  y: number;
  z: number;
  dx: number;
  dy: number;
  dz: number;
}

/** The nearest crossing found so far: distance along the ray, and the unit normal there, turned towards the ray's origin. */
export interface Crossing {
  distance: number;
  nx: number;
  ny: number;
  nz: number;
}

/** A surface in its object's own frame, inside the sphere of `radius` round `centre`. */
export interface Shape {
  readonly centre: Vector;
  readonly radius: number;
  /** Where the ray meets the surface nearer than `nearest`, writes the crossing there and answers true. */
  cross(ray: Ray, nearest: Crossing): boolean;
}

/** A second colour laid over the first, by the position in the object's own frame (`period`, `centre`, `width`, `radius` in centimetres). */
export type Pattern =
  | { kind: "bands"; colour: Colour; along: "height" | "radius"; from: number; to: number }
  | { kind: "dots"; colour: Colour; period: number; radius: number }
  | { kind: "print"; colour: Colour; centre: Vector; radius: number }
  | { kind: "speckle"; colour: Colour; period: number; amount: number }
  | { kind: "stripes"; colour: Colour; period: number; width: number }
  | { kind: "checks"; colour: Colour; period: number }
  | { kind: "wood"; colour: Colour; period: number };

export interface Material {
  colour: Colour;
  pattern?: Pattern;
  /** 0: dull as paper; 1: glazed. */
  gloss: number;
}

export interface Part {
  shape: Shape;
  material: Material;
}

/** What stands on the table. It is leaned forward about its x axis, then turned about the upright axis, then moved. */
export interface SceneObject {
  name: string;
  parts: readonly Part[];
  position: Vector;
  /** Degrees about the upright axis, counter-clockwise seen from above. */
  yaw: number;
  /** Degrees about its own x axis: at 90 what pointed up points to the front (+z). */
  lean: number;
}

/** A camera on a sphere round its target. At azimuth 0 it stands in front (+z), at 90 to the right (+x), at 180 behind, at 270 to the left. */
export interface Camera {
  target: Vector;
  azimuth: number;
  /** Degrees above the table's plane. */
  elevation: number;
  distance: number;
  /** Degrees about the line of sight. */
  roll: number;
  /** Degrees from edge to edge of the image. */
  fieldOfView: number;
}

export interface Light {
  /** Where the light stands, as for a camera. */
  azimuth: number;
  elevation: number;
  /** 1: a bright room. */
  intensity: number;
  colour: Colour;
  /** Half the light's apparent width, degrees: how soft the shadows are. */
  softness: number;
  /** Light from everywhere as a share of the direct light. */
  ambient: number;
}

/** A round table top at height 0. */
export interface Table {
  material: Material;
  radius: number;
}

/** What lies beyond the table: the walls in front (+z), right (+x), behind (-z), left (-x), and the floor. */
export interface Room {
  walls: readonly [Colour, Colour, Colour, Colour];
  floor: Colour;
}

export interface Scene {
  /** Width and height of the image, pixels. */
  size: number;
  camera: Camera;
  light: Light;
  table: Table;
  room: Room;
  objects: readonly SceneObject[];
  /** Samples along each side of a pixel; default 3, so nine a pixel. */
  samples?: number;
  /** Largest change by the sensor's noise, as a share of full scale; default 0.01. */
  grain?: number;
  /** For textures and grain. */
  seed: number;
}

/** Where an object is in the image: `[size, size]`, the number of a pixel's samples (0..samples squared). */
export interface Mask {
  name: string;
  /** Samples in which the object is seen. */
  visible: Uint8Array;
  /** Samples in which it would be seen if nothing stood in front of it. */
  full: Uint8Array;
  /** The fraction of the object hidden by others inside the frame: 1 - sum(visible) / sum(full); 0 where it is out of the frame. */
  occlusion: number;
}

export interface Drawing {
  size: number;
  /** RGB, `[size, size, 3]`, 0..255. */
  pixels: Uint8Array;
  /** Samples a pixel. */
  samplesPerPixel: number;
  /** One an object, in the scene's order. */
  masks: Mask[];
}
