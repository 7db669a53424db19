using SpectralEarth.Models;
using SpectralEarth.Models.Layers;
using SpectralEarth.Models.Masking;
using SpectralEarth.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class MaskedAutoencoderTests
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
    public void Adapter_on_visible_tokens_equals_all_pixels_and_gathering_in_evaluation()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var visible = new MaskedAutoencoder(Config, seed: 2);
        using var all = new MaskedAutoencoder(Config with { AdapterInput = AdapterInput.All }, seed: 2);
        var images = randn([2, 202, 16, 16], generator: random);
        using var mask = visible.DrawMask(2, random);
        var pixels = TokenPixels.Split(images, 4);
        visible.eval();
        all.eval();

        Golden.Near(visible.Encode(pixels, mask), all.Encode(pixels, mask), 1e-6, "encoder tokens");
        Golden.Near(visible.Loss(images, mask), all.Loss(images, mask), 1e-6, "loss");
    }

    [Test]
    public void Adapter_on_visible_tokens_uses_their_statistics_in_training()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var model = new MaskedAutoencoder(Config, seed: 2);
        var images = randn([2, 202, 16, 16], generator: random);
        using var mask = model.DrawMask(2, random);
        var pixels = TokenPixels.Split(images, 4);
        var changed = pixels.clone();
        changed.scatter_(1, mask.Hidden.view(2, -1, 1, 1).expand(-1, -1, 16, 202), zeros(2, 12, 16, 202));

        Golden.Near(model.Encode(changed, mask), model.Encode(pixels, mask), 0, "encoder tokens do not depend on hidden pixels");
    }

    [Test]
    public void Decoding_hidden_tokens_only_equals_decoding_all()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var model = new MaskedAutoencoder(Config, seed: 2);
        using var mask = model.DrawMask(2, random);
        var embedded = randn([2, 5, 32], generator: random);

        var decoder = (SelfDecoder)model.Decoder;
        var (all, hidden) = (decoder.Decode(embedded, mask, first: 0), decoder.Decode(embedded, mask, first: 5));

        Golden.Near(hidden, all[.., 5..], 1e-5, "tokens");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void All_valid_pixels_give_the_loss_without_validity(bool normalized)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var model = new MaskedAutoencoder(Config with { NormalizedTarget = normalized }, seed: 2);
        model.eval();
        var images = randn([2, 202, 16, 16], generator: random);
        using var mask = model.DrawMask(2, random);

        var loss = model.Loss(images, mask);

        Assert.That(model.Loss(images, mask, ones(2, 16, 16)).item<float>(), Is.EqualTo(loss.item<float>()));
    }

    [Test]
    public void Invalid_pixels_of_hidden_tokens_change_neither_loss_nor_gradient([Values] DecoderForm form, [Values(1, 0.5)] double share)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var model = new MaskedAutoencoder(Config with { DecoderForm = form, PredictedShare = share }, seed: 2);
        model.to(ScalarType.Float64);
        var images = randn([2, 202, 16, 16], float64, generator: random);
        using var mask = model.DrawMask(2, random);
        var hiddenTokens = zeros(2, 16, 1, 1).expand(-1, -1, 16, -1).contiguous();
        hiddenTokens.scatter_(1, mask.Hidden.view(2, -1, 1, 1).expand(-1, -1, 16, 1), ones(2, 12, 16, 1));
        var invalid = TokenPixels.Join(hiddenTokens, 4).squeeze(1) * rand([2, 16, 16], generator: random).lt(0.3);
        invalid[0] = TokenPixels.Join(hiddenTokens, 4)[0, 0];                             // sample 0: no hidden pixel is valid
        var changed = images.masked_fill(invalid.unsqueeze(1).gt(0), 1e3);

        var (loss, gradient) = LossAndGradient(model, images, mask, 1 - invalid);
        var (otherLoss, otherGradient) = LossAndGradient(model, changed, mask, 1 - invalid);

        Assert.That(otherLoss, Is.EqualTo(loss));
        Golden.Near(otherGradient, gradient, 0, "gradient");
        Assert.That(loss, Is.GreaterThan(0));
    }

    [Test]
    public void Loss_with_validity_is_the_mean_over_valid_values_of_targets_normalised_over_them()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var model = new MaskedAutoencoder(Config, seed: 2);
        model.to(ScalarType.Float64);
        model.eval();
        var images = randn([1, 202, 16, 16], float64, generator: random);
        var validity = rand([1, 16, 16], generator: random).gt(0.4).to(int8);
        using var mask = model.DrawMask(1, random);
        var prediction = model.Predict(images, mask, validity).Prediction;
        var (pixels, valid) = (TokenPixels.Split(images, 4), TokenPixels.Split(validity.unsqueeze(1).to(float64), 4));
        double sum = 0, count = 0;
        for (var j = 0; j < mask.Hidden.shape[1]; j++)
        {
            var token = mask.Hidden[0, j].item<long>();
            var rows = valid[0, token, .., 0].nonzero().squeeze(1);
            if (rows.shape[0] == 0)
                continue;
            var target = pixels[0, token].index_select(0, rows).reshape(-1);
            var normalized = (target - target.mean()) / (target.var() + 1e-6).sqrt();
            sum += (prediction[0, j].reshape(16, 202).index_select(0, rows).reshape(-1) - normalized).square().sum().item<double>();
            count += normalized.shape[0];
        }

        var loss = model.Loss(images, mask, validity).item<double>();

        Assert.That(loss, Is.EqualTo(sum / count).Within(1e-12));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Bands_without_data_change_neither_loss_nor_target_statistics(bool allPixelsAreValid)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var model = new MaskedAutoencoder(Config with { AdapterInput = AdapterInput.Visible }, seed: 2);
        model.to(ScalarType.Float64);
        model.eval();
        var images = randn([2, 202, 16, 16], float64, generator: random);
        var bands = ones(2, 202);
        bands[1, 30..40] = 0;
        using var mask = model.DrawMask(2, random);
        var hidden = zeros(2, 16, 1, 1).expand(-1, -1, 16, 202).contiguous();
        hidden.scatter_(1, mask.Hidden.view(2, -1, 1, 1).expand(-1, -1, 16, 202), ones(2, 12, 16, 202));
        var changed = images.masked_fill((TokenPixels.Join(hidden, 4) * (1 - bands).view(2, 202, 1, 1)).gt(0), 1e3);
        var validity = allPixelsAreValid ? null : rand([2, 16, 16], generator: random).gt(0.3).to(int8);

        var loss = model.Loss(images, mask, validity, bands).item<double>();
        var (prediction, target, _) = model.Predict(images, mask, validity, bands);

        Assert.That(model.Loss(changed, mask, validity, bands).item<double>(), Is.EqualTo(loss).And.GreaterThan(0));
        Assert.That(model.Loss(changed, mask, validity).item<double>(), Is.Not.EqualTo(loss));
        Assert.That(model.Loss(images, mask, validity, ones(2, 202)).item<double>(), Is.EqualTo(model.Loss(images, mask, validity).item<double>()).Within(1e-12));
        if (allPixelsAreValid)
        {
            var counted = bands.view(2, 1, 1, 202).expand(-1, 12, 16, -1).flatten(2).to(ScalarType.Bool);
            Assert.That(loss, Is.EqualTo((prediction - target).masked_select(counted).square().mean().item<double>()).Within(1e-12));
            Assert.That(target[1].masked_select(counted[1]).mean().item<double>(), Is.Zero.Within(1e-12));
        }
    }

    [Test]
    public void A_batch_without_a_valid_pixel_has_loss_zero_and_finite_gradients()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var model = new MaskedAutoencoder(Config, seed: 2);
        using var mask = model.DrawMask(2, random);

        var (loss, gradient) = LossAndGradient(model, zeros(2, 202, 16, 16), mask, zeros(2, 16, 16));

        Assert.That(loss, Is.Zero);
        Assert.That(gradient.isfinite().all().item<bool>());
    }

    [Test]
    public void Reconstruction_keeps_visible_tokens_and_predicts_all_hidden_ones_in_their_own_scale(
        [Values] bool normalized, [Values] DecoderForm form, [Values(1, 0.3)] double share)
    {
        using var random = new Generator(1);
        using var model = new MaskedAutoencoder(Config with { NormalizedTarget = normalized, DecoderForm = form, PredictedShare = share }, seed: 2);
        using var leaks = TensorLeaks.MustBeNone();
        using var scope = NewDisposeScope();
        model.eval();
        var images = 5 + (3 * randn([2, 202, 16, 16], generator: random));
        using var mask = model.DrawMask(2, random);

        var reconstruction = model.Reconstruct(images, mask);

        var (found, pixels) = (TokenPixels.Split(reconstruction, 4), TokenPixels.Split(images, 4));
        var hidden = TokenPixels.Gather(pixels, mask.Hidden).flatten(2);
        var prediction = model.Predict(images, mask with { Predicted = 12 }).Prediction;
        var expected = normalized
            ? (prediction * (hidden.var(-1, keepdim: true) + 1e-6).sqrt()) + hidden.mean([-1], keepdim: true)
            : prediction;
        Golden.Near(TokenPixels.Gather(found, mask.Kept), TokenPixels.Gather(pixels, mask.Kept), 0, "visible");
        Golden.Near(TokenPixels.Gather(found, mask.Hidden).flatten(2), expected, 1e-4, "hidden");
    }

    [Test]
    public void A_step_leaves_no_tensors([Values] DecoderForm form, [Values(0, 0.5)] double spectralMaskRatio)
    {
        using var random = new Generator(1);
        using var model = new MaskedAutoencoder(Config with { DecoderForm = form, SpectralMaskRatio = spectralMaskRatio }, seed: 2);
        Step();
        using var leaks = TensorLeaks.MustBeNone();

        for (var i = 0; i < 3; i++)
            Step();

        void Step()
        {
            using var scope = NewDisposeScope();
            using var mask = model.DrawMask(2, random);
            model.Loss(randn(2, 202, 16, 16), mask, ones(2, 16, 16)).backward();
        }
    }

    private static (double Loss, Tensor Gradient) LossAndGradient(MaskedAutoencoder model, Tensor images, TokenMask mask, Tensor validity)
    {
        model.zero_grad();
        var loss = model.Loss(images, mask, validity);
        loss.backward();
        var gradients = model.parameters().Where(parameter => parameter.grad is not null).Select(parameter => parameter.grad!.reshape(-1));
        return (loss.to(float64).item<double>(), cat([.. gradients]));
    }
}
