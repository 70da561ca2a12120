# The images of Condyle: `web` (no torch), `cpu` and `gpu` (workers). docker-compose.yml builds them.
#
#   docker build --target web .
#   docker build --target cpu --build-arg CPU_INDEX=ADDRESS --build-arg WORKER_EXTRAS=worker,text .
#   docker build --target gpu .
#
# CPU_INDEX is the address of PyTorch's own index of builds for processors, as its page "Get started"
# names it. Without it `cpu` gets the general build, which works as well and is gigabytes larger, for
# it brings NVIDIA's libraries.

FROM python:3.11-slim AS web-packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/condyle
WORKDIR /condyle
COPY pyproject.toml README.md LICENSE ./
COPY locks locks
COPY app app
COPY models models
COPY worker worker
COPY migrations migrations
COPY templates templates
COPY static static
COPY docs docs
# Packages are those of `locks`, each file of them by its SHA-256; nothing else gets in.
RUN /opt/condyle/bin/pip install --require-hashes --no-deps --requirement locks/web.txt \
    && /opt/condyle/bin/pip install --no-deps --no-build-isolation --editable . \
    && python -m compileall -q app models worker migrations \
    && chmod -R a+rX /condyle

FROM web-packages AS cpu-packages
ARG CPU_INDEX=""
ARG WORKER_EXTRAS=worker,text
RUN /opt/condyle/bin/pip install --require-hashes --no-deps \
    ${CPU_INDEX:+--extra-index-url "$CPU_INDEX"} \
    --requirement locks/torch${CPU_INDEX:+-cpu}.txt \
    $(echo "$WORKER_EXTRAS" | sed -E 's/(\w+),?/ --requirement locks\/\1.txt/g')

FROM web-packages AS gpu-packages
ARG WORKER_EXTRAS=worker,text
RUN /opt/condyle/bin/pip install --require-hashes --no-deps --requirement locks/torch.txt \
    $(echo "$WORKER_EXTRAS" | sed -E 's/(\w+),?/ --requirement locks\/\1.txt/g')

# Nothing of the build is left in what runs: no pip cache, no layer that was overwritten. The user
# owns nothing but /data, so that a read-only container needs only /data and /tmp to write to.
FROM python:3.11-slim AS runtime
RUN groupadd --gid 10001 condyle \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data condyle \
    && install --directory --owner 10001 --group 10001 --mode 0700 /data
ENV PATH=/opt/condyle/bin:$PATH \
    HOME=/data \
    CONDYLE_HOME=/data \
    CONDYLE_LOG_FORMAT=json \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /condyle
STOPSIGNAL SIGTERM

FROM runtime AS web
COPY --from=web-packages /condyle /condyle
COPY --from=web-packages /opt/condyle /opt/condyle
USER 10001:10001
VOLUME /data
EXPOSE 8000
CMD ["condyle", "serve"]

FROM runtime AS cpu
COPY --from=cpu-packages /condyle /condyle
COPY --from=cpu-packages /opt/condyle /opt/condyle
USER 10001:10001
VOLUME /data
CMD ["condyle", "worker"]

FROM runtime AS gpu
COPY --from=gpu-packages /condyle /condyle
COPY --from=gpu-packages /opt/condyle /opt/condyle
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 10001:10001
VOLUME /data
CMD ["condyle", "worker"]
