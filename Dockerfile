# The app and its HTTP API in one image: docker build -t afd-explorer . && docker run -p 8501:8501 afd-explorer
# make image-check runs the same steps in a clean folder, for machines without Docker.

FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /venv
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY costmodel costmodel
COPY presets presets
RUN /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --constraint constraints.txt '.[app,cli]'

FROM python:3.11-slim
WORKDIR /app
COPY --from=build /venv /venv
COPY pyproject.toml ./
COPY .streamlit .streamlit
COPY app app
# Shown at the foot of every page: --build-arg COMMIT=$(git rev-parse --short HEAD) --build-arg DATE=$(git log -1 --format=%cs)
ARG COMMIT=""
ARG DATE=""
ENV PATH=/venv/bin:$PATH PORT=8501 HOME=/tmp PYTHONDONTWRITEBYTECODE=1 AFD_EXPLORER_COMMIT=$COMMIT AFD_EXPLORER_DATE=$DATE
USER 10001:10001
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD python -c "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"
# The command of the Procfile.
CMD exec streamlit run app/server.py --server.port $PORT --server.address 0.0.0.0 --server.headless true
