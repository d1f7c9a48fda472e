# Three stages: what is built, what is needed at run time, and the image that has these two and nothing else.
# Debian rather than Alpine: Temporal's native bridge is built for glibc.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The bridge comes for five platforms, 30 MB each, and one is ours.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && cd node_modules/@temporalio/core-bridge/releases \
  && find . -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} + \
  && test -d "$(uname -m)-unknown-linux-gnu"

FROM node:24.21.0-bookworm-slim
# Workflow code that asks for a local hour would differ from worker to worker otherwise.
ENV NODE_ENV=production TZ=UTC
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json tocsin.mjs LICENSE ./
COPY migrations ./migrations
COPY policy ./policy
USER node
EXPOSE 8080
CMD ["node", "dist/server.js"]
