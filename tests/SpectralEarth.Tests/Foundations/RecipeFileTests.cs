using SpectralEarth.Recipes;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Foundations;

public sealed class RecipeFileTests
{
    private const string Valid = """
        # A comment above the recipe.
        encoder:
          depth: 12
          kind: spec_vit
        mask_ratio: 0.75
        """;

    [Test]
    public void Values_are_bound_by_snake_case_keys_and_missing_ones_keep_their_defaults()
    {
        var recipe = RecipeFile.Parse<SampleRecipe>(Valid, "pretrain.yaml");

        Assert.That(recipe.Encoder, Is.EqualTo(new SampleEncoder(12) { Kind = SampleKind.SpecVit }));
        Assert.That(recipe.MaskRatio, Is.EqualTo(0.75));
        Assert.That(recipe.Seed, Is.EqualTo(12345));
        Assert.That(recipe.NoData, Is.EqualTo((short)-32768));
    }

    [Test]
    public void Every_kind_of_value_is_read()
    {
        var recipe = RecipeFile.Parse<SampleRecipe>("""
            encoder: { depth: 2, width: null }
            mask_ratio: 9e-1
            seed: -9000000000
            no_data: -32768
            is_fast: true
            description: "12"
            started: 2022-07-24T10:45:26Z
            bands: [1, 2, 224]
            betas: []
            stages:
              - depth: 1
              - depth: 3
                kind: res_net
            """, "all.yaml");

        Assert.That(recipe.Encoder.Width, Is.Null);
        Assert.That(recipe.Seed, Is.EqualTo(-9_000_000_000));
        Assert.That(recipe.IsFast, Is.True);
        Assert.That(recipe.Description, Is.EqualTo("12"));
        Assert.That(recipe.Started, Is.EqualTo(new DateTime(2022, 7, 24, 10, 45, 26, DateTimeKind.Utc)));
        Assert.That(recipe.Bands, Is.EqualTo(new[] { 1, 2, 224 }));
        Assert.That(recipe.Betas, Is.Empty);
        Assert.That(recipe.Stages[1], Is.EqualTo(new SampleEncoder(3) { Kind = SampleKind.ResNet }));
    }

    [Test]
    public void A_file_of_another_kind_lists_the_valid_keys_once_and_asks_what_it_is_for()
    {
        var error = Assert.Throws<RecipeException>(() => RecipeFile.Parse<SampleRecipe>("zebra: 1\nlion: 2\nelephant: 3\n", "other.yaml"))!;

        Assert.That(error.Message.Split("valid here").Length - 1, Is.EqualTo(1));
        Assert.That(error.Message, Does.Contain("other.yaml:3: unknown key 'elephant'\n").And.Contain("3 of 3 keys are unknown. Is this a file for another verb?"));
    }

    [TestCase("mask_ration: 0.9", "pretrain.yaml:6: unknown key 'mask_ration'; did you mean 'mask_ratio'?")]
    [TestCase("zebra: 0.9", "pretrain.yaml:6: unknown key 'zebra'; valid here: encoder, mask_ratio")]
    [TestCase("depth: 3", "pretrain.yaml:6: unknown key 'depth'; did you mean 'encoder.depth'?")]
    [TestCase("seed: 1.5", "pretrain.yaml:6: 'seed' must be a whole number from -9223372036854775808 to 9223372036854775807, but is '1.5'")]
    [TestCase("seed: [1]", "but is a list")]
    [TestCase("seed: { a: 1 }", "but is a section of keys")]
    [TestCase("seed: \"1\"", "but is the quoted text \"1\"")]
    [TestCase("seed:", "but is empty")]
    [TestCase("no_data: 40000", "'no_data' must be a whole number from -32768 to 32767, but is '40000'")]
    [TestCase("betas: [1e400]", "'betas[0]' must be a number, but is '1e400'")]
    [TestCase("betas: [Infinity]", "'betas[0]' must be a number, but is 'Infinity'")]
    [TestCase("is_fast: yes", "'is_fast' must be true or false, but is 'yes'")]
    [TestCase("started: soon", "'started' must be a date and time such as 2022-07-24T10:45:26Z, but is 'soon'")]
    [TestCase("bands: 7", "'bands' must be a list such as [1, 2], but is '7'")]
    [TestCase("bands:\n- 1\n- two", "pretrain.yaml:8: 'bands[1]' must be a whole number")]
    [TestCase("stages: [{ depth: 1, kind: spec_vitt }]", "'stages[0].kind' must be one of spec_vit, res_net, but is 'spec_vitt'; did you mean 'spec_vit'?")]
    [TestCase("stages: [{ deptz: 1 }]", "unknown key 'stages[0].deptz'; did you mean 'depth'?\npretrain.yaml:6: key 'stages[0].depth' is missing; it must be a whole number")]
    [TestCase("stages: [{ depth: -1 }]", "'stages[0]' cannot be used: A depth of -1 is not positive.")]
    [TestCase("mask_ratio: 0.9", "pretrain.yaml:6: key 'mask_ratio' occurs twice; first at pretrain.yaml:5")]
    [TestCase("seed: &a 1", "pretrain.yaml:6: anchors (&) and tags (!) are not supported")]
    [TestCase("seed: *a", "pretrain.yaml:6: alias '*a' is not supported")]
    [TestCase("seed: !!int 1", "anchors (&) and tags (!) are not supported")]
    [TestCase("---\nseed: 1", "a second YAML document begins here")]
    [TestCase("? [a]\n: 1", "a key must be a single word")]
    [TestCase("seed: [1", "pretrain.yaml:7: this is not valid YAML: While parsing a flow sequence, did not find expected ',' or ']'.")]
    [TestCase("description: \"\\UFFFFFFFF\"", "pretrain.yaml:6: this is not valid YAML here or just after")]
    public void A_broken_line_is_named_with_its_key_and_what_to_do(string line, string expected)
    {
        var error = Assert.Throws<RecipeException>(() => RecipeFile.Parse<SampleRecipe>(Valid + "\n" + line, "pretrain.yaml"));

        Assert.That(error.Message, Does.Contain(expected));
    }

    [Test]
    public void All_problems_are_reported_at_once()
    {
        var error = Assert.Throws<RecipeException>(() => RecipeFile.Parse<SampleRecipe>(
            "encoder: { depth: deep }\nsead: 1", "a.yaml", ["bands=x", "nonsense", "mask_ratio.share=1", "seed=[1"]));

        var lines = error.Message.Split('\n');
        Assert.That(lines, Has.One.StartsWith("a.yaml:1: 'encoder.depth' must be a whole number"));
        Assert.That(lines, Has.One.StartsWith("a.yaml:2: unknown key 'sead'; did you mean 'seed'?"));
        Assert.That(lines, Has.One.StartsWith("--set bands=x: 'bands' must be a list"));
        Assert.That(lines, Has.One.StartsWith("--set nonsense: an override has the form key=value"));
        Assert.That(lines, Has.One.StartsWith("--set seed=[1: this is not valid YAML"));
        Assert.That(lines, Has.One.StartsWith("--set mask_ratio.share=1: 'mask_ratio' must be a number, but is a section"));
    }

    [Test]
    public void Overrides_replace_keys_and_lists_also_in_sections()
    {
        var recipe = RecipeFile.Parse<SampleRecipe>(Valid, "pretrain.yaml",
            ["encoder.depth=3", "mask_ratio=1e-3", "bands=[4, 5]", "description=a=b", "seed=1", "seed=2"]);

        Assert.That(recipe.Encoder.Depth, Is.EqualTo(3));
        Assert.That(recipe.Encoder.Kind, Is.EqualTo(SampleKind.SpecVit));
        Assert.That(recipe.MaskRatio, Is.EqualTo(1e-3));
        Assert.That(recipe.Bands, Is.EqualTo(new[] { 4, 5 }));
        Assert.That(recipe.Description, Is.EqualTo("a=b"));
        Assert.That(recipe.Seed, Is.EqualTo(2));
    }

    [Test]
    public void An_override_below_a_single_value_is_refused()
    {
        var error = Assert.Throws<RecipeException>(() => RecipeFile.Parse<SampleRecipe>(Valid, "a.yaml", ["mask_ratio.x=1"]));

        Assert.That(error.Message, Is.EqualTo("--set mask_ratio.x=1: 'mask_ratio' has no keys of its own; it is set at a.yaml:5"));
    }

    [Test]
    public void An_empty_file_lacks_only_the_required_keys()
    {
        var error = Assert.Throws<RecipeException>(() => RecipeFile.Parse<SampleRecipe>("# nothing\n", "empty.yaml"));

        Assert.That(error.Message, Is.EqualTo(
            "empty.yaml:1: key 'encoder' is missing; it must be a section of keys\nempty.yaml:1: key 'mask_ratio' is missing; it must be a number"));
    }

    [Test]
    public void Deep_nesting_is_refused()
    {
        var yaml = "description: " + new string('[', 100_000);

        var error = Assert.Throws<RecipeException>(() => RecipeFile.Parse<SampleRecipe>(yaml, "deep.yaml"));

        Assert.That(error.Message, Is.EqualTo("deep.yaml:1: sections are nested more than 32 deep"));
    }

    [Test]
    public void A_file_that_is_missing_too_large_or_not_text_is_refused()
    {
        using var folder = new TemporaryFolder();
        var (large, binary) = (folder.File("large.yaml"), folder.File("binary.yaml"));
        using (var stream = File.Create(large))
            stream.SetLength(RecipeFile.MaximumBytes + 1);
        File.WriteAllBytes(binary, [0x73, 0x3A, 0xFF, 0xFE]);

        Assert.That(() => RecipeFile.Read<SampleRecipe>(folder.File("none.yaml")), Throws.InstanceOf<FileNotFoundException>().With.Message.Contain("none.yaml"));
        Assert.That(() => RecipeFile.Read<SampleRecipe>(large), Throws.InstanceOf<RecipeException>().With.Message.Contain("at most 16777216"));
        Assert.That(() => RecipeFile.Read<SampleRecipe>(binary), Throws.InstanceOf<RecipeException>().With.Message.Contain("byte 2 is not UTF-8"));
    }

    [Test]
    public void Read_names_the_file_and_skips_a_byte_order_mark()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("r.yaml");
        File.WriteAllText(path, Valid, new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        var recipe = RecipeFile.Read<SampleRecipe>(path, ["seed=7"]);
        var error = Assert.Throws<RecipeException>(() => RecipeFile.Read<SampleRecipe>(path, ["sead=7"]));

        Assert.That(recipe.Seed, Is.EqualTo(7));
        Assert.That(error.Message, Does.StartWith("--set sead=7: unknown key 'sead'; did you mean 'seed'?"));
    }
}
