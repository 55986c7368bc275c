"""nginx in the layout of Beanstalk's AL2023 Python platform, and the bundle's own files in it.

The shape is that of public dumps of /etc/nginx on such instances: at http level `include conf.d/*.conf`, at server
level `include conf.d/elasticbeanstalk/*.conf`, of which 00_application.conf is the platform's.
"""

import os
import shutil
from pathlib import Path

NGINX_CONF = """\
{user}error_log {log}/nginx-error.log warn;
pid {run}/nginx.pid;
worker_processes auto;
worker_rlimit_nofile 4096;
events {{
    worker_connections 1024;
}}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                    '$status $body_bytes_sent "$http_referer" '
                    '"$http_user_agent" "$http_x_forwarded_for"';
    client_body_temp_path {run}/body;
    proxy_temp_path {run}/proxy;
    fastcgi_temp_path {run}/fastcgi;
    uwsgi_temp_path {run}/uwsgi;
    scgi_temp_path {run}/scgi;

    include conf.d/*.conf;

    map $http_upgrade $connection_upgrade {{
        default "upgrade";
    }}
    server {{
        listen {listen} default_server;
        access_log {log}/nginx-access.log main;
        client_header_timeout 60;
        client_body_timeout 60;
        keepalive_timeout 60;
        gzip off;
        gzip_comp_level 4;
        gzip_types text/plain text/css application/json application/javascript text/xml application/xml;
        include conf.d/elasticbeanstalk/*.conf;
    }}
}}
"""
APPLICATION_CONF = """\
location / {{
    proxy_pass http://{upstream};
    proxy_http_version 1.1;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
}}
"""
UPSTREAM = "127.0.0.1:8000"


def install(folder: Path, own: Path, *, listen: str, upstream: str, log: Path, run: Path) -> Path:
    """Write the platform's files and the bundle's (`own`, its .platform/nginx) into an empty `folder`; the main file.

    Where `upstream` is not Beanstalk's, the bundle's files are changed to it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "conf.d" / "elasticbeanstalk").mkdir(parents=True)
    user = "user root;\n" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(NGINX_CONF.format(user=user, listen=listen, log=log, run=run))
    application = folder / "conf.d" / "elasticbeanstalk" / "00_application.conf"
    application.write_text(APPLICATION_CONF.format(upstream=upstream))
    if own.is_dir():
        shutil.copytree(own, folder, dirs_exist_ok=True)
        for file in folder.rglob("*.conf"):
            file.write_text(file.read_text().replace(UPSTREAM, upstream))
    return main


def command(program: str, config: Path, log: Path) -> list[str]:
    """How it runs in the foreground; with `-t` added, how its files are checked."""
    return [program, "-e", str(log / "nginx-error.log"), "-c", str(config), "-g", "daemon off;"]
