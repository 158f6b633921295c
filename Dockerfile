# The pipelines as an image: `docker build -t deftunes .`, `docker run deftunes run tap-… target-s3`.
# Installed from the locks alone; the project cannot be written to, and whoever runs it is nobody.

FROM python:3.11.14-slim-bookworm AS build
WORKDIR /project
ENV UV_COMPILE_BYTECODE=1 \
    UV_NO_CACHE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

COPY requirements/uv.txt requirements/production.txt requirements/
RUN python -m venv /opt/uv && /opt/uv/bin/pip install --require-hashes -r requirements/uv.txt
RUN python -m venv --without-pip .venv \
    && /opt/uv/bin/uv pip sync --python .venv/bin/python --require-hashes requirements/production.txt

COPY dqdl dqdl
COPY columnar-target columnar-target
COPY tap-deftunes-api tap-deftunes-api
COPY tap-postgres tap-postgres
COPY target-s3 target-s3
COPY target-redshift target-redshift
COPY analyze analyze
RUN /opt/uv/bin/uv pip install --python .venv/bin/python \
    --no-deps --no-sources --no-build-isolation --offline \
    ./dqdl ./columnar-target ./tap-deftunes-api ./tap-postgres ./target-s3 ./target-redshift ./analyze


FROM python:3.11.14-slim-bookworm
WORKDIR /project
ENV HOME=/tmp \
    PATH=/project/bin:$PATH

# What a run may write to; it is gone with the container, as state is kept on S3. Where a platform
# mounts volumes here, they belong to the one who runs it.
RUN groupadd --system --gid 10001 deftunes \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin deftunes \
    && install -d -o 10001 -g 10001 .meltano output
VOLUME ["/tmp", "/project/.meltano", "/project/output"]

COPY --from=build /project/.venv .venv
COPY meltano.yml logging.yaml ./
COPY environments environments
COPY extract extract
COPY load load
COPY quality quality
COPY transform transform
COPY orchestrate orchestrate
COPY analyze/analyze.meltano.yml analyze/dashboards.meltano.yml analyze/
COPY analyze/dashboards/assets/datasets analyze/dashboards/assets/datasets
COPY scripts/meltano scripts/meltano_line.py scripts/meltano_words.py scripts/process_group.py \
    scripts/interruption.py scripts/lock_file.py scripts/dies_with_parent.py \
    scripts/dashboards_publish.py scripts/
RUN install -d bin && ln -s ../scripts/meltano bin/meltano \
    && .venv/bin/python -m compileall -q scripts orchestrate transform/plugins

USER 10001:10001
ENTRYPOINT ["meltano"]
CMD ["--help"]
