# Small and without root: docker build -t hookproof . && docker run --rm hookproof pytest --target demo --provider whatsable
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN sed 's/ *\\$//; /--hash/d' requirements.lock > /tmp/constraints.txt \
 && python -m venv /opt/hookproof \
 && /opt/hookproof/bin/pip install --quiet --no-cache-dir --disable-pip-version-check --constraint /tmp/constraints.txt ".[socketio,sql]"

FROM python:3.13-slim
COPY --from=build /opt/hookproof /opt/hookproof
RUN useradd --uid 10001 --create-home hookproof
USER hookproof
WORKDIR /home/hookproof
ENV PATH=/opt/hookproof/bin:$PATH
CMD ["hookproof", "--help"]
