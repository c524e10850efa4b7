# The program in an image: Node 24 and git, not root, no npm and no source. release.yml says which base by its digest:
# `docker build --build-arg BASE=node:24-alpine@sha256:… .`; by hand a tag will do, after `npm run build`.
ARG BASE=node:24-alpine
FROM ${BASE}
RUN apk add --no-cache ca-certificates git \
  && rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn*
COPY LICENSE /usr/share/licenses/waybill/LICENSE
COPY dist /usr/lib/waybill/dist
# A mounted repository belongs to somebody else, which git refuses by itself.
RUN git config --system --add safe.directory '*'
USER node
WORKDIR /work
ENV NODE_ENV=production
ENTRYPOINT ["node", "/usr/lib/waybill/dist/waybill.mjs"]
CMD ["--help"]
