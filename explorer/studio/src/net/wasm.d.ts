/** What esbuild's file loader makes of a .wasm file. */

declare module "*.wasm" {
  const file: string; // esbuild's file loader: the built file's name
  export default file;
}
