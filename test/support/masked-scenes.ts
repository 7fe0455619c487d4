/** The project's own scenes with their exact masks, for segmentation. */
export { maskedScenes, SCENE_CLASSES, writeMaskedScenes } from "../../examples/segmentation/scenes.ts";
