# syntax=docker/dockerfile:1
# Two images from one file:
#   docker build -t pod-studio .                      GPU image (CUDA 13, cuDNN 9)
#   docker build -t pod-studio:cpu --target cpu .     small image without CUDA
# The CUDA major of the base must be the one onnxruntime-node's provider was linked against; the build proves it.

FROM node:22-bookworm-slim AS build
WORKDIR /app
ENV ONNXRUNTIME_NODE_INSTALL=skip NEXT_TELEMETRY_DISABLED=1
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev \
    # Only this platform's inference library is of use here.
    && find node_modules/onnxruntime-node/bin/napi-v6 -mindepth 1 -maxdepth 1 ! -name linux -exec rm -rf {} + \
    && rm -rf node_modules/onnxruntime-node/bin/napi-v6/linux/arm64

FROM node:22-bookworm-slim AS cpu
RUN apt-get update && apt-get install -y --no-install-recommends tini ffmpeg curl && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app /app
ENV NODE_ENV=production STUDIO_HOST=0.0.0.0 STUDIO_PORT=3000 STUDIO_DIR=/workspace/studio
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s CMD curl -fs http://127.0.0.1:${STUDIO_PORT}/healthz || exit 1
ENTRYPOINT ["tini", "--", "node", "dist/server/main.js"]

FROM nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04 AS gpu
COPY --from=node:22-bookworm-slim /usr/local/bin/node /usr/local/bin/node
RUN apt-get update && apt-get install -y --no-install-recommends tini ffmpeg curl ca-certificates binutils \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app /app
# The CUDA provider comes from the package's own install step, at image-build time, never at pod start.
RUN cd node_modules/onnxruntime-node && ONNXRUNTIME_NODE_INSTALL=cuda12 node script/install.js \
    # Every library that the provider needs must resolve in this image (libcuda itself comes from the host).
    && readelf -d bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so | grep NEEDED \
    && ! ldd bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so | grep "not found" | grep -v "libcuda.so"
ENV NODE_ENV=production STUDIO_HOST=0.0.0.0 STUDIO_PORT=3000 STUDIO_DIR=/workspace/studio \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility,video
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s CMD curl -fs http://127.0.0.1:${STUDIO_PORT}/healthz || exit 1
ENTRYPOINT ["tini", "--", "node", "dist/server/main.js"]
