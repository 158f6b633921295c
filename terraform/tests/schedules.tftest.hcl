# What EventBridge can be told of the schedules in orchestrate/orchestrate.meltano.yml.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name         = "deftunes-test"
  account      = { id = "123456789012", partition = "aws", region = "us-east-1" }
  orchestrator = "scheduler"
  network      = { id = "vpc-1", cidr = "10.20.0.0/16", subnet_ids = ["subnet-1", "subnet-2"] }
  runtime = {
    cluster_arn       = "arn:aws:ecs:us-east-1:123456789012:cluster/deftunes-test"
    cluster_name      = "deftunes-test"
    log_group         = "/deftunes-test/meltano"
    security_group_id = "sg-1"
    subnet_ids        = ["subnet-1", "subnet-2"]
    execution_role    = { name = "execution", arn = "arn:aws:iam::123456789012:role/execution" }
  }
  jobs                 = { rds-extract-job = { family = "deftunes-test-rds-extract-job", role_arn = "arn:aws:iam::123456789012:role/rds" } }
  jobs_by_name         = { songs = ["tap-postgres target-s3"] }
  maintenance_schedule = null
  evaluation_schedule  = null
  evaluations          = { role_arn = "arn:aws:iam::123456789012:role/evaluation", database = "deftunes_transform", runs = {} }
  artifacts            = { name = "artifacts", arn = "arn:aws:s3:::artifacts", key_arn = "arn:aws:kms:us-east-1:123456789012:key/1" }
  key_arn              = "arn:aws:kms:us-east-1:123456789012:key/1"
  airflow_version      = "3.3.1"
}

run "several_times_an_hour_are_refused" {
  command = plan
  module {
    source = "./modules/orchestration"
  }
  variables {
    schedules = [{ name = "often", job = "songs", interval = "*/5 * * * *" }]
  }
  expect_failures = [var.schedules]
}

run "airflow_may_be_told_any_time" {
  command = plan
  module {
    source = "./modules/orchestration"
  }
  variables {
    orchestrator = "mwaa"
    schedules    = [{ name = "often", job = "songs", interval = "*/5 * * * *" }]
  }

  assert {
    condition     = output.schedules == {}
    error_message = "EventBridge would start what Airflow does."
  }
}

run "what_has_no_time_is_left_out" {
  command = plan
  module {
    source = "./modules/orchestration"
  }
  variables {
    schedules = [
      { name = "by_hand", job = "songs", interval = "@once" },
      { name = "never", job = "songs" },
      { name = "on_mondays", job = "songs", interval = "15 5 * * 1" },
    ]
  }

  assert {
    condition     = { for name, schedule in output.schedules : name => schedule.cron } == { on-mondays-1 = "cron(15 5 ? * 2 *)" }
    error_message = "Another schedule than the one that has a time."
  }
}
