# The mocks in a container: docker build -t reportmocks . && docker run --rm -p 8080:8080 reportmocks
FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY scripts/constraints.txt scripts/constraints.txt
COPY contracts contracts
COPY fixtures fixtures
COPY mocks mocks
RUN python -m venv /opt/reportmocks \
    && /opt/reportmocks/bin/pip install --no-cache-dir --constraint scripts/constraints.txt .

FROM python:3.13-slim
COPY --from=build /opt/reportmocks /opt/reportmocks
ENV PATH=/opt/reportmocks/bin:$PATH REPORTMOCKS_HOST=0.0.0.0
RUN useradd --system --no-create-home --uid 10001 reportmocks
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=5s --start-period=10s CMD ["reportmocks", "ready", "--timeout", "3s"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["reportmocks"]
CMD ["serve"]
