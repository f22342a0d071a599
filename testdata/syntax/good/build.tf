module "registry" {
  source = "./modules/registry"

  providers = {
    aws = aws.registry
  }

  name   = "build"
  images = toset(["api", "web"])
  readers = [
    data.aws_caller_identity.current.account_id,
    "333333333333",
  ]
}

resource "aws_codebuild_project" "image" {
  for_each = module.registry.urls

  name          = "image-${each.key}"
  service_role  = aws_iam_role.build.arn
  build_timeout = 30

  artifacts {
    type = "NO_ARTIFACTS"
  }

  environment {
    compute_type    = "BUILD_GENERAL1_SMALL"
    image           = "aws/codebuild/standard:7.0"
    type            = "LINUX_CONTAINER"
    privileged_mode = true

    environment_variable {
      name  = "REPOSITORY"
      value = each.value
    }

    environment_variable {
      name  = "TAG"
      value = coalesce(var.tag, "latest")
    }
  }

  source {
    type      = "GITHUB"
    location  = "https://github.com/example/${each.key}.git"
    buildspec = <<-YAML
      version: 0.2
      phases:
        pre_build:
          commands:
            - aws ecr get-login-password | docker login --username AWS --password-stdin $REPOSITORY
        build:
          commands:
            - docker build -t $REPOSITORY:$TAG .
            %{ for extra in var.extra_tags ~}
            - docker tag $REPOSITORY:$TAG $REPOSITORY:${extra}
            %{ endfor ~}
        post_build:
          commands:
            - docker push $REPOSITORY:$TAG
    YAML
  }
}

resource "aws_iam_role" "build" {
  name = "build"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "codebuild.amazonaws.com" }
    }]
  })

  inline_policy {
    name = "push"
    policy = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Effect   = "Allow"
          Action   = ["ecr:PutImage", "ecr:UploadLayerPart"]
          Resource = [for arn in module.registry.arns : arn]
        },
      ]
    })
  }
}

resource "null_resource" "login" {
  triggers = {
    always = timestamp()
  }

  provisioner "local-exec" {
    command     = "aws ecr get-login-password --region ${var.region} | docker login --username AWS --password-stdin ${split("/", values(module.registry.urls)[0])[0]}"
    interpreter = ["/bin/sh", "-c"]

    environment = {
      AWS_PROFILE = var.profile
    }
  }
}

check "images" {
  assert {
    condition     = length(module.registry.urls) > 0
    error_message = "No image is built."
  }
}

moved {
  from = aws_codebuild_project.api
  to   = aws_codebuild_project.image["api"]
}
