# Builds the program, then keeps only what it needs to run.

FROM node:24-slim AS build
WORKDIR /app
# First what changes seldom, so that a change of the source does not install everything anew. The scripts of packages
# are not run: one of them only fetches the Node that this image has already.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/clean.mjs scripts/
COPY src src
COPY console console
RUN npm run build && npm prune --omit=dev --ignore-scripts
# The clients of all servers that queue and ledger may be in; the package itself leaves the choice to its users.
RUN mkdir /clients && npm install --prefix /clients --ignore-scripts \
    $(node -p 'Object.entries(require("./package.json").peerDependencies).map((each) => each.join("@")).join(" ")')

FROM node:24-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    HOOKWELL_DATA=/data \
    HOOKWELL_EVENT_LOG=off
# Without handlers, events go to the log of the container; a second copy in its /tmp, which may be memory, helps nobody.
# A configuration file is looked for here: mount it as /app/hookwell.config.ts.
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /clients/node_modules /node_modules
COPY --from=build /app/dist dist
COPY bin bin
COPY deploy/healthcheck.js deploy/
COPY docs/schemas docs/schemas
RUN install -d -o node -g node -m 0700 /data
USER node
VOLUME /data
EXPOSE 3000
# The program handles this signal itself and starts no other processes, so it needs no init around it as process 1.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["node", "deploy/healthcheck.js"]
ENTRYPOINT ["node", "bin/hookwell.js"]
CMD ["serve"]
