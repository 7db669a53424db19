using SpectralEarth.Randomness;
using SpectralEarth.Recipes;

namespace SpectralEarth.Tests.Foundations;

public sealed class RecipeRoundTripTests
{
    private const string Characters = "aZ09 _-./:#'\"\\[]{},&*!|>%@`~?=\t\n\r\u0007\u0085\u00A0äß漢\u2028\uFEFF\uFFFD";

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Random_recipes_are_read_back_exactly(int seed)
    {
        for (var sample = 0; sample < 300; sample++)
        {
            var random = new SeededRandom(seed, "recipe", sample);
            var recipe = Draw(ref random);

            var yaml = RecipeFile.ToYaml(recipe);
            var again = RecipeFile.Parse<SampleRecipe>(yaml, "again.yaml");

            Assert.That(RecipeFile.ToYaml(again), Is.EqualTo(yaml));
            AssertSame(again, recipe);
        }
    }

    [Test]
    public void All_keys_are_written()
    {
        var recipe = new SampleRecipe
        {
            Encoder = new SampleEncoder(12),
            MaskRatio = 1e-5,
            Description = "null",
            Bands = [1, 2],
            Stages = [new SampleEncoder(1)],
            Groups = [["low vegetation", "A"], []],
        };

        var yaml = RecipeFile.ToYaml(recipe);

        Assert.That(yaml, Is.EqualTo("""
            encoder:
              width: 384
              depth: 12
              kind: spec_vit
            mask_ratio: 1.0E-05
            seed: 12345
            no_data: -32768
            is_fast: false
            description: "null"
            started: null
            bands: [1, 2]
            betas: [0.9, 0.999]
            stages:
            - width: 384
              depth: 1
              kind: spec_vit
            groups:
            - [low vegetation, A]
            - []

            """));
    }

    [Test]
    public void Mutated_recipes_are_read_or_refused_but_never_crash()
    {
        for (var sample = 0; sample < 5000; sample++)
        {
            var random = new SeededRandom(4, "mutation", sample);
            var text = RecipeFile.ToYaml(Draw(ref random)).ToCharArray();
            for (var change = 0; change < 4; change++)
                text[random.NextInt(text.Length)] = Characters[random.NextInt(Characters.Length)];

            try
            {
                RecipeFile.Parse<SampleRecipe>(new string(text), "mutated.yaml");
            }
            catch (RecipeException e)
            {
                Assert.That(e.Message, Does.StartWith("mutated.yaml:"));
            }
        }
    }

    private static SampleRecipe Draw(ref SeededRandom random) => new()
    {
        Encoder = new SampleEncoder(1 + random.NextInt(40), random.NextInt(2) == 0 ? null : 64) { Kind = (SampleKind)random.NextInt(2) },
        MaskRatio = Number(ref random),
        Seed = (long)random.NextBits(),
        NoData = (short)random.NextBits(),
        IsFast = random.NextInt(2) == 0,
        Description = random.NextInt(5) == 0 ? null : Text(ref random),
        Started = random.NextInt(3) == 0 ? null : new DateTime(random.NextSeed() % DateTime.MaxValue.Ticks, (DateTimeKind)random.NextInt(2)),
        Bands = [random.NextInt(224), random.NextInt(224)],
        Betas = [Number(ref random)],
        Stages = random.NextInt(2) == 0 ? [] : [new SampleEncoder(3), new SampleEncoder(4)],
        Groups = [[Text(ref random)], []],
    };

    private static double Number(ref SeededRandom random)
    {
        var value = BitConverter.UInt64BitsToDouble(random.NextBits());
        return random.NextInt(8) == 0 ? double.NegativeInfinity : value;
    }

    private static string Text(ref SeededRandom random)
    {
        var text = new char[random.NextInt(12)];
        for (var i = 0; i < text.Length; i++)
            text[i] = Characters[random.NextInt(Characters.Length)];
        return random.NextInt(6) == 0 ? new string(text) + "\U0001F30D" : new string(text);
    }

    private static void AssertSame(SampleRecipe actual, SampleRecipe expected)
    {
        Assert.That(actual.Encoder, Is.EqualTo(expected.Encoder));
        Assert.That(actual.MaskRatio, Is.EqualTo(expected.MaskRatio));
        Assert.That(actual.Seed, Is.EqualTo(expected.Seed));
        Assert.That(actual.Description, Is.EqualTo(expected.Description));
        Assert.That(actual.Started, Is.EqualTo(expected.Started));
        Assert.That(actual.Started?.Kind, Is.EqualTo(expected.Started?.Kind));
        Assert.That(actual.Betas, Is.EqualTo(expected.Betas));
        Assert.That(actual.Stages, Is.EqualTo(expected.Stages));
        Assert.That(actual.Groups, Is.EqualTo(expected.Groups));
    }
}
