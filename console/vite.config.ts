import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const model = (file: string) => fileURLToPath(new URL(`../model/src/${file}`, import.meta.url));

/** Everything that is served lies in `index.html` and hashed files under `/assets`: no inline script, no eval. */
export default defineConfig({
  base: "/",
  plugins: [react()],
  resolve: {
    alias: [
      { find: /^@parapet\/model$/, replacement: model("index.ts") },
      { find: /^@parapet\/model\/api$/, replacement: model("api/index.ts") },
    ],
  },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2024",
    cssTarget: "chrome123",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { "/api": "http://127.0.0.1:4100" } },
});
