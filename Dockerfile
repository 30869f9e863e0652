# The image of `hongyan worker`, `relay`, `api` and `topics ensure`. It never holds uiautomator2:
# the agent runs on the computer with the phone. `--build-arg FOR=local` takes the other lock and
# makes an image with the agent and the simulated phone too, for the profile `sim` of
# docker-compose.kafka.yml alone.
#
#   docker build -t hongyan .
#   podman build --format docker -t hongyan .     (without --format podman drops HEALTHCHECK)
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
ARG FOR=cluster
WORKDIR /source
# Two environments: pip and the wheel's builder stay in the first, and in this stage.
RUN python -m venv /opt/build && python -m venv --without-pip /opt/hongyan
COPY requirements.build.lock requirements.${FOR}.lock ./
RUN /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements.build.lock \
    && /opt/build/bin/pip --python /opt/hongyan/bin/python install --no-cache-dir \
        --require-hashes -r "requirements.${FOR}.lock"
COPY . .
# No dependencies here: the lock above is what the image holds, to the hash.
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation -w /wheel . \
    && /opt/build/bin/pip --python /opt/hongyan/bin/python install --no-cache-dir --no-deps \
        --no-index /wheel/*.whl

FROM ${BASE}
LABEL org.opencontainers.image.title="hongyan" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 hongyan \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp \
        --shell /usr/sbin/nologin hongyan \
    && install -d -o 10001 -g 10001 /data
COPY --from=build /opt/hongyan /opt/hongyan
# MALLOC_ARENA_MAX: glibc's arenas per thread cost more memory here than they save time.
ENV PATH=/opt/hongyan/bin:$PATH \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    HOME=/tmp \
    HONGYAN_READY_FILE=/tmp/hongyan.ready
# hongyan.toml may be mounted here. Nothing is written outside /tmp, and by the agent and the
# simulated phone outside the volume /data, so the root file system may be read-only.
WORKDIR /etc/hongyan
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s \
    CMD ["sh", "-c", "test -e \"$HONGYAN_READY_FILE\""]
ENTRYPOINT ["hongyan"]
CMD ["--help"]
