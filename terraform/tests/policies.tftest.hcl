# The real provider, plan only: it asks the emulator who we are, and nothing is made.
#   terraform test -var-file=environments/emulated.tfvars -var=aws_endpoint_url=http://127.0.0.1:14566

run "roles_name_what_they_may_do" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for module, roles in output.policies : [
        for role, document in roles : [
          for statement in jsondecode(document).Statement : [
            for action in flatten([statement.Action]) : !strcontains(action, "*")
          ]
        ]
      ]
    ]))
    error_message = "A policy has a wildcard among its actions."
  }

  assert {
    condition = toset(flatten([
      for module, roles in output.policies : [
        for role, document in roles : [
          for statement in jsondecode(document).Statement :
          statement.Action if contains(flatten([statement.Resource]), "*")
        ]
      ]
      ])) == toset([
      "cloudwatch:PutMetricData",
      "ecr:GetAuthorizationToken",
      "ecs:ListTasks",
      "logs:DescribeLogGroups",
      "s3:GetAccountPublicAccessBlock",
    ])
    error_message = "Only actions that AWS knows no resource for may have the resource *."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(output.policies.extract_job.api).Statement :
      alltrue([for resource in flatten([statement.Resource]) : !strcontains(resource, "landing_zone/rds")])
    ])
    error_message = "The API's extracts are let into the songs' landing zone."
  }

  assert {
    condition = !contains(flatten([
      for statement in jsondecode(output.policies.serving.lake_reader).Statement : statement.Action
    ]), "s3:PutObject")
    error_message = "The warehouse may write to the lake."
  }
}

run "the_scheduler_may_tag_the_tasks_that_it_starts" {
  command = plan

  assert {
    condition = jsonencode([
      for statement in jsondecode(output.policies.orchestration.scheduler).Statement :
      statement.Condition if contains(flatten([statement.Action]), "ecs:TagResource")
    ]) == jsonencode([{ StringEquals = { "ecs:CreateAction" = "RunTask" } }])
    error_message = "Every start would be refused: they bring tags along."
  }
}

run "jobs_have_the_names_of_old" {
  command = plan

  assert {
    condition     = length(setsubtract(["api-users-extract-job", "api-sessions-extract-job", "rds-extract-job"], keys(output.jobs))) == 0
    error_message = "An extract lost its name."
  }
}
