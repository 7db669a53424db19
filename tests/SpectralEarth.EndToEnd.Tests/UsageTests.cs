namespace SpectralEarth.EndToEnd.Tests;

/// <summary>Lines that end before a verb runs: help, and what cannot be understood.</summary>
public sealed class UsageTests
{
    [TestCase("inspect")]
    [TestCase("synth")]
    [TestCase("tile")]
    [TestCase("pretrain")]
    [TestCase("finetune")]
    [TestCase("predict")]
    [TestCase("evaluate")]
    [TestCase("embed")]
    [TestCase("similar")]
    [TestCase("baseline")]
    [TestCase("benchmark")]
    [TestCase("export")]
    [TestCase("import")]
    [TestCase("demo")]
    [TestCase("dataset")]
    [TestCase("dataset info")]
    [TestCase("dataset verify")]
    [TestCase("dataset split")]
    [TestCase("dataset merge")]
    [TestCase("dataset import")]
    [TestCase("dataset export")]
    [TestCase("dataset preview")]
    public void Help_of_every_verb_shows_its_options_and_an_example(string verb)
    {
        var run = ProgramRun.Here([.. verb.Split(' '), "--help"]);

        Assert.That(run.ExitCode, Is.Zero, run.All);
        Assert.That(run.Output, Does.Contain("--verbose").And.Contain("--quiet").And.Contain("Examples:"));
        Assert.That(run.Output, Does.Contain($"  spectralearth {verb}"));
    }

    [Test]
    public void An_unknown_verb_is_bad_usage()
    {
        var run = ProgramRun.Here("tyle", "scenes", "--out", "patches");

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Messages, Does.Contain("tyle is no verb; did you mean 'tile'?").And.Not.Contain("--out"));
    }

    [TestCase("tile", "--patchsize", "--patch-size")]
    [TestCase("predict", "--overlp", "--overlap")]
    [TestCase("embed", "--bach-size", "--batch-size")]
    public void A_mistyped_option_is_not_taken_for_an_argument_and_the_nearest_is_named(string verb, string option, string nearest)
    {
        var run = ProgramRun.Here(verb, "somewhere", option, "1", "--checkpoint", "none", "--out", "nowhere");

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Messages, Does.Contain($"{option} is no option of {verb}; did you mean '{nearest}'?"));
    }

    [TestCase("pretrain --dat x")]
    [TestCase("embed --dat=x")]
    [TestCase("tile --labels labels.tif --dat x")]
    public void A_mistyped_option_hides_the_errors_that_follow_from_it(string line)
    {
        var run = ProgramRun.Here(line.Split(' '));

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Messages, Does.Contain("--dat is no option of").And.Not.Contain("required").And.Not.Contain("'x'"));
    }

    [TestCase("embed --device gpa", "--device cannot be 'gpa'; did you mean 'cpu'?")]
    [TestCase("export --dtype int4", "--dtype cannot be 'int4'; valid here: float32, float16, bfloat16")]
    [TestCase("tile --patch-size abc", "as expected type 'whole number'")]
    [TestCase("tile --stride 1.5", "as expected type 'whole number'")]
    [TestCase("tile scenes --labels --patch-size 32", "--labels needs a value before --patch-size")]
    [TestCase("tile --max-cloud much", "as expected type 'number'")]
    [TestCase("embed --batch-size many", "as expected type 'whole number'")]
    [TestCase("embed --batch-size 0", "--batch-size must be at least 1; found 0.")]
    [TestCase("baseline random_forrest", "METHOD cannot be 'random_forrest'; did you mean 'random_forest'?")]
    [TestCase("bench --steps 0", "--steps must be at least 1")]
    [TestCase("embed --out vectors.csv", "--out must name a .parquet file; found vectors.csv.")]
    [TestCase("dataset preview --out page.png", "--out must name a .html file; found page.png.")]
    [TestCase("pretrain --recipe ", "--recipe is empty; expected a file.")]
    [TestCase("predict --overlap 1", "--overlap must lie in [0, 1)")]
    [TestCase("pretrain --set steps", "--set steps: an override has the form key=value or section.key=value.")]
    [TestCase("pretrain --set =5", "--set =5: an override has the form key=value or section.key=value.")]
    [TestCase("pretrain --set .steps=5", "--set .steps=5: an override has the form key=value or section.key=value.")]
    public void A_wrong_value_is_told_in_the_words_of_the_help(string line, string message)
    {
        var run = ProgramRun.Here(line.Split(' '));

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Messages, Does.Contain(message).And.Not.Contain("SpectralEarth.").And.Not.Contain("System."));
    }

    [TestCase("embed", "--device <auto|cpu|cuda>", "[default: auto]")]
    [TestCase("export", "--format <huggingface|onnx|pytorch|safetensors>", "[default: safetensors]")]
    [TestCase("dataset split", "--by <block|patch|scene>", "[default: block]")]
    [TestCase("import", "--part <encoder|momentum>", "[default: encoder]")]
    [TestCase("pretrain", "--set <KEY=VALUE>", "")]
    public void Help_shows_choices_as_the_pages_write_them(string verb, string option, string usual)
    {
        var run = ProgramRun.Here([.. verb.Split(' '), "--help"]);

        Assert.That(run.ExitCode, Is.Zero, run.All);
        Assert.That(run.Output, Does.Contain(option).And.Contain(usual));
    }

    [Test]
    public void A_split_beside_all_parts_of_a_data_set_is_bad_usage()
    {
        var run = ProgramRun.Of("evaluate", "--data", "none", "--checkpoint", "none", "--part", "all", "--split", "mine.csv");

        Assert.That(run.ExitCode, Is.EqualTo(2), run.All);
        Assert.That(run.Messages, Does.Contain("whatever the split mine.csv says. Leave --split out, or name a part."));
    }

    [Test]
    public void Options_of_a_plan_need_one()
    {
        var run = ProgramRun.Of("bench", "--peak-tflops", "100");

        Assert.That(run.ExitCode, Is.EqualTo(2), run.All);
        Assert.That(run.Messages, Does.Contain("--peak-tflops needs --plan"));
    }

    [Test]
    public void A_missing_option_is_bad_usage_and_is_named()
    {
        var run = ProgramRun.Here("tile", "somewhere");

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Messages, Does.Contain("--out"));
    }
}
