# Every recipe of berth-scale(7) does what the page says (recipes.bash).

bats_require_minimum_version 1.5.0
load common
load examples
load recipes

setup() {
    recipes_setup berth-scale.7
}

@test "The same work in parts" { recipe; }
@test "Jobs from a pipe" { recipe; }
@test "A log of jobs" { recipe; }

@test "every recipe has its test here" { all_tested; }
