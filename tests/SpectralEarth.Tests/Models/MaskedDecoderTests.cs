using SpectralEarth.Models;
using SpectralEarth.Models.Layers;
using SpectralEarth.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class MaskedDecoderTests
{
    private static readonly MaeConfig Config = new()
    {
        Encoder = new EncoderConfig { PatchSize = 16, Width = 32, Depth = 2, Heads = 2 },
        DecoderWidth = 32,
        DecoderHeads = 4,
        DecoderDepth = 2,
        MaskRatio = 0.75,
    };

    [Test]
    public void Predicting_a_part_of_the_hidden_tokens_gives_the_same_as_predicting_all([Values] DecoderForm form, [Values(1, 2)] int depth)
    {
        using var scope = NewDisposeScope();
        using var model = new MaskedAutoencoder(Config with { DecoderForm = form, DecoderDepth = depth }, seed: 2);
        var (images, mask) = Input(model);
        using var _ = mask;
        model.eval();

        var (all, targets, _) = model.Predict(images, mask);
        var (part, target, _) = model.Predict(images, mask with { Predicted = 5 });

        Assert.That((mask.Predicted, part.shape[1]), Is.EqualTo((12, 5)));
        Golden.Near(part, all[.., 7..], 1e-5, "predictions");
        Golden.Near(target, targets[.., 7..], 0, "targets");
    }

    [Test]
    public void The_cross_decoder_sees_nothing_of_hidden_tokens_but_their_positions()
    {
        using var scope = NewDisposeScope();
        using var model = new MaskedAutoencoder(Config with { DecoderForm = DecoderForm.Cross }, seed: 2);
        var (images, mask) = Input(model);
        using var _ = mask;
        model.eval();
        // The two hidden tokens that are predicted last change places; the others go on as before.
        var order = tensor(Enumerable.Range(0, 12).Select(i => i < 10 ? i : 21L - i).ToArray());
        using var swapped = mask with { Hidden = mask.Hidden.index_select(1, order) };

        var (found, expected) = (model.Predict(images, swapped).Prediction, model.Predict(images, mask).Prediction);

        Golden.Near(found, expected.index_select(1, order), 1e-6, "predictions");
        Golden.Near(model.Predict(images, mask with { Hidden = mask.Hidden[.., 4..], Predicted = 8 }).Prediction, expected[.., 4..], 1e-6, "without the first four");
    }

    [Test]
    public void Decoders_see_where_the_encoders_tokens_lie([Values] DecoderForm form)
    {
        using var scope = NewDisposeScope();
        using var model = new MaskedAutoencoder(Config with { DecoderForm = form }, seed: 2);
        var mask = Input(model).Mask;
        using var _ = mask;
        using var turned = mask with { Kept = mask.Kept.flip(1) };
        using var random = new Generator(3);
        var encoded = randn([2, 1 + mask.Kept.shape[1], Config.Encoder.Width], generator: random);

        var (there, elsewhere) = (model.Decoder.forward(encoded, mask), model.Decoder.forward(encoded, turned));

        Assert.That((there - elsewhere).abs().max().item<float>(), Is.GreaterThan(0.01));
    }

    [Test]
    public void What_hidden_tokens_look_at_is_normalised_as_they_are()
    {
        using var scope = NewDisposeScope();
        using var block = new CrossBlock(width: 32, heads: 4, new FirstWeights(2));
        using var random = new Generator(3);
        var (tokens, memory) = (randn([2, 5, 32], generator: random), randn([2, 7, 32], generator: random));
        var queries = block.Query(tokens);

        var found = block.Finish(tokens, queries, memory);

        Golden.Near(block.Finish(tokens, queries, (3 * memory) + 5), found, 1e-4, "longer and moved");
        Assert.That((block.Finish(tokens, queries, memory.flip(2)) - found).abs().max().item<float>(), Is.GreaterThan(0.01));
    }

    [Test]
    public void Gradients_are_the_slopes_of_the_loss([Values] DecoderForm form, [Values(1, 0.4)] double share, [Values(0, 0.5)] double spectralMaskRatio)
    {
        using var scope = NewDisposeScope();
        using var model = new MaskedAutoencoder(Config with { DecoderForm = form, PredictedShare = share, SpectralMaskRatio = spectralMaskRatio }, seed: 2);
        model.to(float64);
        var (images, mask) = Input(model, float64);
        using var _ = mask;
        model.eval();                                                // tracked statistics stay as they are
        using var random = new Generator(9);
        var parameters = model.parameters().Where(parameter => parameter.requires_grad).ToArray();
        var direction = parameters.Select(parameter => randn(parameter.shape, float64, generator: random)).ToArray();

        model.Loss(images, mask).backward();
        var expected = parameters.Zip(direction, (parameter, along) => (parameter.grad! * along).sum().item<double>()).Sum();
        const double Step = 1e-8;
        var slope = (LossAt(Step) - LossAt(-Step)) / (2 * Step);

        Assert.That(parameters.All(parameter => parameter.grad is not null), "every parameter has a gradient");
        Assert.That(slope, Is.EqualTo(expected).Within(1e-5 * Math.Abs(expected)));

        double LossAt(double distance)
        {
            using var frozen = no_grad();
            Move(distance);
            var loss = model.Loss(images, mask).item<double>();
            Move(-distance);
            return loss;
        }

        void Move(double distance)
        {
            foreach (var (parameter, along) in parameters.Zip(direction))
                parameter.add_(along, distance);
        }
    }

    [Test]
    public void A_drawn_mask_predicts_the_configured_share_of_the_hidden_tokens()
    {
        using var random = new Generator(1);
        using var model = new MaskedAutoencoder(Config with { PredictedShare = 0.3 }, seed: 2);
        using var tiny = new MaskedAutoencoder(Config with { PredictedShare = 0.01 }, seed: 2);

        using var mask = model.DrawMask(2, random);
        using var least = tiny.DrawMask(2, random);

        Assert.That((mask.Predicted, mask.Hidden.shape[1], mask.HiddenBands), Is.EqualTo((4, 12, (Tensor?)null)));
        Assert.That(least.Predicted, Is.EqualTo(1));
    }

    [TestCase(0, 0, 12, "predicted_share")]
    [TestCase(1, 1, 12, "spectral_mask_ratio")]
    [TestCase(1, 0.5, 0, "spectral_mask_group")]
    [TestCase(1, 0.01, 12, "at least one must be hidden and one seen")]
    [TestCase(1, 0.99, 12, "at least one must be hidden and one seen")]
    public void Impossible_shares_are_refused_with_the_key(double share, double ratio, int group, string message) =>
        Assert.That(() => new MaskedAutoencoder(Config with { PredictedShare = share, SpectralMaskRatio = ratio, SpectralMaskGroup = group }),
            Throws.TypeOf<RecipeException>().With.Message.Contains(message));

    private static (Tensor Images, TokenMask Mask) Input(MaskedAutoencoder model, ScalarType type = ScalarType.Float32)
    {
        using var random = new Generator(1);
        var images = randn([2, 202, 16, 16], type, generator: random);
        var mask = model.DrawMask(2, random);
        return (images, mask);
    }
}
