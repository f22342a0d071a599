data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "task" {
  statement {
    sid     = "Pull"
    effect  = "Allow"
    actions = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage"]
    resources = [
      "*",
    ]
  }

  dynamic "statement" {
    for_each = var.buckets
    iterator = bucket

    content {
      actions   = ["s3:GetObject"]
      resources = ["arn:aws:s3:::${bucket.value}/*"]

      condition {
        test     = "StringEquals"
        variable = "aws:PrincipalOrgID"
        values   = [var.organization]
      }
    }
  }
}

resource "aws_iam_role" "task" {
  name = "${var.name}-task"
  assume_role_policy = <<EOF
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Action": "sts:AssumeRole",
      "Principal": { "Service": "ecs-tasks.amazonaws.com" },
      "Effect": "Allow"
    }
  ]
}
EOF
  tags = var.tags
}

resource "aws_iam_role_policy" "task" {
  name   = "task"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.task.json
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.cpu * 2
  execution_role_arn       = aws_iam_role.task.arn

  container_definitions = jsonencode([
    {
      name      = var.name
      image     = "${module.registry.urls[var.name]}:${var.tag}"
      essential = true
      portMappings = [
        {
          containerPort = var.port
          protocol      = "tcp"
        }
      ]
      environment = [
        for key, value in var.env : { name = key, value = value }
      ]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.this.name
          awslogs-region        = var.region
          awslogs-stream-prefix = var.name
        }
      }
    }
  ])

  volume {
    name = "data"

    efs_volume_configuration {
      file_system_id = aws_efs_file_system.this.id
      root_directory = "/"
    }
  }
}

resource "aws_ecs_service" "this" {
  count = var.enabled ? 1 : 0

  name            = var.name
  cluster         = var.cluster
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = max(1, var.desired)

  network_configuration {
    subnets          = var.subnets
    security_groups  = concat(var.groups, [aws_security_group.this.id])
    assign_public_ip = false
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  depends_on = [
    aws_iam_role_policy.task,
  ]
}

resource "aws_security_group" "this" {
  name        = var.name
  description = "Traffic of ${var.name}"
  vpc_id      = var.vpc

  ingress {
    from_port   = var.port
    to_port     = var.port
    protocol    = "tcp"
    cidr_blocks = [for rule in var.rules : rule.cidr if rule.port == var.port]
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/ecs/${var.name}"
  retention_in_days = 30
}
