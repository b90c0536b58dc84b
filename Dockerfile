# The exact version, twice. Whoever has a registry adds @sha256: and the digest that it gives to both.
FROM python:3.12.16-slim-bookworm AS packages
COPY requirements.lock .
# Without pip, and without the sources of translations: nothing reads them any more.
RUN python -m venv --without-pip /opt/venv \
 && python -m pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements.lock \
 && find /opt/venv -name "*.po" -delete

FROM python:3.12.16-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home cairn && install -d -o cairn /var/lib/cairn
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 CAIRN_VAR=/var/lib/cairn BIND=0.0.0.0 PORT=8000
RUN python -m compileall -q .
USER cairn
# The key is for this step only: without one, setup would leave its own in the image.
RUN SECRET_KEY=$(python -c "import secrets; print(secrets.token_hex(32))") python manage.py setup --static-only
# The database, unless DATABASE_URL names one, and the key, unless SECRET_KEY does.
VOLUME /var/lib/cairn
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s CMD ["python", "config/healthcheck.py"]
CMD ["sh", "-c", "python manage.py setup && exec gunicorn -c config/gunicorn.py"]
