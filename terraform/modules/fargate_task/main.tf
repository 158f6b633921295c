# One Meltano command as a Fargate task. Only these folders can be written to, and they are gone
# with the task.

locals {
  scratch = {
    tmp     = "/tmp"
    meltano = "${var.project_folder}/.meltano"
    output  = "${var.project_folder}/output"
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.family
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = var.runtime.execution_role.arn
  task_role_arn            = var.role_arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  dynamic "volume" {
    for_each = local.scratch
    content {
      name = volume.key
    }
  }

  container_definitions = jsonencode([{
    name                   = "meltano"
    image                  = var.runtime.image
    essential              = true
    readonlyRootFilesystem = true
    entryPoint             = ["meltano"]
    command                = var.command
    environment            = [for name in sort(keys(var.environment)) : { name = name, value = var.environment[name] }]
    secrets                = [for name in sort(keys(var.secrets)) : { name = name, valueFrom = var.secrets[name] }]
    mountPoints            = [for name, path in local.scratch : { sourceVolume = name, containerPath = path, readOnly = false }]
    portMappings           = []
    systemControls         = []
    volumesFrom            = []
    # SIGTERM lets a load end without state; what it staged goes with the task
    stopTimeout = 120
    linuxParameters = {
      initProcessEnabled = true
      capabilities       = { add = [], drop = ["ALL"] }
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.runtime.log_group
        awslogs-region        = var.region
        awslogs-stream-prefix = var.stream_prefix
      }
    }
  }])
}
