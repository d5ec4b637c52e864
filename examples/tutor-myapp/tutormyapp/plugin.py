"""Everything that a plugin of API v0 can declare, on one page."""

from pathlib import Path

# The folder with the plugin's templates. Those of the hooks lie in templates/myapp/hooks.
templates = str(Path(__file__).parent / "templates")

config = {
    # The plugin's own settings and their defaults. The plugin's name is put in front: MYAPP_GREETING. A user changes one with
    # `tutor config save --set MYAPP_GREETING="Good morning"`.
    "defaults": {
        "GREETING": "Hello from myapp",
        "TABLE": "myapp_events",
    },
    # Settings that exist already, with the value that they get while this plugin is enabled.
    "set": {
        "PLATFORM_NAME": "My Open edX with myapp",
    },
}


def patches():
    """Content for the places where Tutor's templates call `patch("NAME")`. A plain dictionary would do, too."""
    return {
        # One more container beside the platform's. It publishes no port: the others reach it as myapp-redis:6379.
        "local-docker-compose-services": """\
myapp-redis:
  image: {{ DOCKER_IMAGE_REDIS }}
  command: redis-server --save "" --appendonly no
  restart: unless-stopped
  user: "1000:1000"
  healthcheck:
    test: ["CMD", "redis-cli", "ping"]
    interval: 5s
    timeout: 3s
    retries: 20""",
        # A container in which a task could run: a hook for the service "myapp-redis" would run in this one. The hooks below
        # use mysql-job and lms-job, which the platform has.
        "local-docker-compose-jobs-services": """\
myapp-redis-job:
  image: {{ DOCKER_IMAGE_REDIS }}
  depends_on:
    - myapp-redis""",
        # The same container on Kubernetes. The labels that tell that it is this platform's are added by Tutor.
        "k8s-deployments": """\
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: myapp-redis
  labels:
    app.kubernetes.io/name: myapp-redis
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: myapp-redis
  template:
    metadata:
      labels:
        app.kubernetes.io/name: myapp-redis
    spec:
      securityContext:
        runAsUser: 1000
        runAsNonRoot: true
      containers:
        - name: myapp-redis
          image: {{ DOCKER_IMAGE_REDIS }}
          args: ["redis-server", "--save", "", "--appendonly", "no"]
          ports:
            - containerPort: 6379
          readinessProbe:
            exec:
              command: ["redis-cli", "ping"]
            timeoutSeconds: 3""",
        "k8s-services": """\
---
apiVersion: v1
kind: Service
metadata:
  name: myapp-redis
  labels:
    app.kubernetes.io/name: myapp-redis
spec:
  selector:
    app.kubernetes.io/name: myapp-redis
  ports:
    - port: 6379""",
        # A setting of the LMS. What lands in a Python file is written as Python: tojson quotes whatever the user chose.
        "openedx-lms-common-settings": """\
MYAPP_REDIS_URL = "redis://myapp-redis:6379/0"
MYAPP_GREETING = {{ MYAPP_GREETING | tojson }}""",
    }


# Tasks of the initialisation, run one after the other: templates/myapp/hooks/SERVICE/init, each in the service SERVICE-job.
hooks = {"init": ["mysql", "lms"]}
